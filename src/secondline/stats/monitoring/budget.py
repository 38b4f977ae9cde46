"""One false-alarm budget for many metrics, segments and models: how it is shared, and when it is spent.

Three ways. *Split* it (`split`): any false alarm at all has a chance of at most alpha, under any dependence. Share it
by *discovery rate* (`e_bh`): at most a share alpha of the alarms is false on average, under any dependence. Where a
statistic has no e-process, declare how often it is looked at and spend the budget over the looks (`Spending`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from secondline.core.errors import SpecError
from secondline.core.tables._arrays import FloatArray
from secondline.stats.monitoring.nulls import required

Shape = Literal["late", "even"]


def split(alpha: float, weights: Mapping[str, float]) -> dict[str, float]:
    """Return each watch's part of the budget, by weight: the parts add up to *alpha* (Bonferroni for e-processes).

    >>> split(0.05, {"auc": 3.0, "psi": 1.0, "rate": 1.0})["psi"]
    0.01
    """
    total = math.fsum(weights.values())
    usable = all(w > 0 and math.isfinite(w) for w in weights.values())
    required(usable and total > 0, "A budget needs watches, each with a weight above 0.")
    required(0.0 < alpha < 1.0, f"The budget alpha must lie between 0 and 1; got {alpha}.")
    return {name: alpha * w / total for name, w in weights.items()}


def renewals(alpha: float, run: int) -> float:
    """Return the part of *alpha* for the run that begins after *run* alarms were closed: ``alpha / ((run+1)(run+2))``.

    The parts add up to alpha over all runs there can ever be, so a watch that starts anew after each alarm keeps one
    budget for its whole life.

    >>> [round(renewals(0.06, k), 4) for k in range(3)]
    [0.03, 0.01, 0.005]
    """
    required(run >= 0, "The number of runs before cannot be negative.")
    return alpha / ((run + 1) * (run + 2))


def e_bh(log_e: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Return which nulls are rejected: the k largest e-values, for the largest k with ``e_(k) >= m / (k alpha)``.

    The expected share of false ones among them is at most *alpha* under any dependence, and at any time at which
    e-processes are looked at. Ties are rejected together. Source: Wang and Ramdas (2022), JRSS B 84, 822.

    >>> import math
    >>> e_bh([math.log(90.0), math.log(35.0), 0.0, -1.0], alpha=0.05)
    [True, False, False, False]
    >>> e_bh([math.log(90.0), math.log(41.0), 0.0, -1.0], alpha=0.05)
    [True, True, False, False]
    """
    logs = np.asarray(log_e, dtype=np.float64)
    required(not np.isnan(logs).any(), "E-values must be numbers.")
    m = len(logs)
    order = np.sort(logs)[::-1]
    bars = math.log(m / alpha) - np.log(np.arange(1, m + 1)) if m else order
    good = np.flatnonzero(order >= bars - 1e-12)
    return [bool(x >= order[good[-1]]) for x in logs] if len(good) else [False] * m


def merged(log_e: Sequence[float]) -> float:
    """Return the log of the mean of e-values: evidence against all nulls holding at once, under any dependence.

    Source: Vovk and Wang (2021), Annals of Statistics 49, 1736.
    """
    required(len(log_e) > 0, "There are no e-values to merge.")
    top = max(log_e)
    return top if math.isinf(top) else top + math.log(math.fsum(math.exp(x - top) for x in log_e) / len(log_e))


def of_p_value(p: float) -> float:
    """Return the log e-value of a p-value, ``log(1 / (2 sqrt(p)))``: valid for every null, and weaker than the p.

    With it a window's test joins others in `merged` or `e_bh`; independent windows multiply. Source: Shafer et al.
    (2011); Vovk and Wang (2021), calibrator with kappa = 1/2.
    """
    required(0.0 <= p <= 1.0, f"A p-value lies between 0 and 1; got {p}.")
    return math.inf if p == 0.0 else -math.log(2.0) - math.log(p) / 2.0


@dataclass(frozen=True, slots=True)
class Spending:
    """A budget spent over a declared number of looks at a statistic that has only fixed-time p-values.

    Look k of *looks* is allowed ``A(k / looks) - A((k - 1) / looks)``: ``late`` spends as O'Brien and Fleming do,
    ``A(t) = 4 (1 - Phi(z / sqrt(t)))`` with z the normal quantile of 1 - alpha / 4; ``even`` spends alpha / looks
    (Pocock-like, for windows that are independent). A look alarms when its p-value is at most its part: the parts add
    up to alpha, so the chance of any false alarm is at most alpha under any dependence (Bonferroni over looks, on the
    safe side where looks share data). After the last look nothing is left: the schedule must be declared anew, and
    with it a new budget. ``used`` looks are behind; ``alarm`` is the first that alarmed. Source: Lan and DeMets (1983),
    Biometrika 70, 659; Jennison and Turnbull (2000), Group Sequential Methods, 7.2.
    """

    alpha: float
    looks: int
    shape: Shape = "even"
    used: int = 0
    through: int | None = None
    alarm: int | None = None

    def __post_init__(self) -> None:
        """Refuse a budget or schedule that cannot be meant."""
        required(0.0 < self.alpha < 1.0, f"The budget alpha must lie between 0 and 1; got {self.alpha}.")
        required(self.looks >= 1, "Declare at least one look.")

    @property
    def allowed(self) -> float:
        """What the next look may spend; 0 when all declared looks are behind."""
        if self.used >= self.looks:
            return 0.0
        return self._spent(self.used + 1) - self._spent(self.used)

    def _spent(self, k: int) -> float:
        if self.shape == "even" or k == 0:
            return self.alpha * k / self.looks
        return float(4.0 * ndtr(ndtri(self.alpha / 4.0) / math.sqrt(k / self.looks)))

    def look(self, key: int, p_value: float) -> Spending:
        """Return the schedule after a look at *key*; itself when the key was looked at before."""
        if self.through is not None and key <= self.through:
            return self
        if self.used >= self.looks:
            raise SpecError(f"All {self.looks} declared looks are behind. Declare a new schedule, with a new budget.")
        required(0.0 <= p_value <= 1.0, f"A p-value lies between 0 and 1; got {p_value}.")
        hit = self.alarm is None and p_value <= self.allowed
        return replace(self, used=self.used + 1, through=key, alarm=key if hit else self.alarm)

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(state: dict[str, Any]) -> Spending:
        """Return the schedule whose state `to_json` wrote."""
        return Spending(**state)


def boundary(alpha: float, looks: int, *, points: int = 401) -> list[float]:
    """Return O'Brien and Fleming-like two-sided z-boundaries of a cumulated statistic, exactly by integration.

    For a statistic whose increments between *looks* equally spaced looks are independent normals: the spending of
    ``late``, with the correlation of the looks used, which Bonferroni leaves on the table. Recursive integration of the
    density that has not crossed yet, Gauss-Legendre with *points* nodes. Source: Armitage, McPherson and Rowe (1969),
    JRSS A 132, 235; Lan and DeMets (1983).

    >>> [round(z, 3) for z in boundary(0.05, 2)]
    [2.963, 1.969]
    """
    required(0.0 < alpha < 1.0 and looks >= 1, "A boundary needs a budget between 0 and 1 and at least one look.")
    schedule = Spending(alpha, looks, "late")
    nodes, weight = np.polynomial.legendre.leggauss(points)
    bounds: list[float] = []
    held, mass = np.zeros(1), np.ones(1)
    for _ in range(looks):
        edge = _crossing(held, mass, schedule.allowed)
        at = nodes * edge
        density = np.exp(-((at[:, None] - held[None, :]) ** 2) / 2.0) / math.sqrt(2.0 * math.pi) @ mass
        held, mass = at, density * weight * edge
        bounds.append(edge / math.sqrt(len(bounds) + 1.0))
        schedule = replace(schedule, used=schedule.used + 1)
    return bounds


def _crossing(held: FloatArray, mass: FloatArray, allowed: float) -> float:
    """Return the edge beyond which a step from *held* falls with chance *allowed*."""
    low, high = 0.0, float(np.abs(held).max()) + 40.0
    for _ in range(80):
        middle = (low + high) / 2.0
        beyond = float((ndtr(held - middle) + ndtr(-held - middle)) @ mass)
        low, high = (middle, high) if beyond > allowed else (low, middle)
    return high
