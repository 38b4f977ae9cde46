"""CUSUM charts: the quickest alarms after a stated shift, with a mean time between false alarms instead of a budget.

A chart forgets: it restarts whenever the evidence for a shift is gone, and so it alarms falsely sooner or later. Its
currency is the average run length (ARL) until a false alarm, in steps. Where a promise for ever is wanted, or the
shift is not known, use `sequential.Process`; in mode ``detector`` it has a guaranteed ARL without a stated shift.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import binom

from secondline.stats.monitoring.nulls import required

CELLS = 200
SHORTEST = 2.0
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Cusum:
    """Page's chart ``S = max(0, S + step)``, which alarms at S > *threshold*.

    ``value`` is S now, ``began`` the key after which S last was 0: when the shift is likeliest to have begun. After
    an alarm call `renewed`. Source: Page (1954), Biometrika 41, 100.
    """

    threshold: float
    value: float = 0.0
    through: int | None = None
    began: int | None = None
    alarm: int | None = None

    def __post_init__(self) -> None:
        """Refuse a threshold that is always crossed."""
        required(self.threshold > 0.0, f"The threshold must be above 0; got {self.threshold}.")

    def take(self, key: int, step: float) -> Cusum:
        """Return the chart after the *step* of *key*; itself when the key was taken before."""
        if self.through is not None and key <= self.through:
            return self
        required(not math.isnan(step), "A step must be a number.")
        began = self.through if self.value == 0.0 else self.began
        value = max(0.0, self.value + step)
        hit = self.alarm is None and value > self.threshold
        return replace(self, value=value, through=key, began=began, alarm=key if hit else self.alarm)

    def renewed(self) -> Cusum:
        """Return the chart from 0 again, after an alarm."""
        return Cusum(self.threshold, through=self.through)

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(state: dict[str, Any]) -> Cusum:
        """Return the chart whose state `to_json` wrote."""
        return Cusum(**state)


def bernoulli_step(events: float, n: float, good: float, bad: float) -> float:
    """Return the log-likelihood ratio of *events* among *n* rows, rate *bad* against rate *good*.

    ``s log(bad / good) + (n - s) log((1 - bad) / (1 - good))``: the step that detects this shift quickest. Source:
    Moustakides (1986), Annals of Statistics 14, 1379; Reynolds and Stoumbos (1999), Journal of Quality Technology 31.
    """
    required(0.0 < good < 1.0 and 0.0 < bad < 1.0 and good != bad, "Both rates must lie between 0 and 1, and differ.")
    required(0 <= events <= n, f"There cannot be {events} events among {n} rows.")
    return events * math.log(bad / good) + (n - events) * (math.log1p(-bad) - math.log1p(-good))


def normal_step(value: float, mean: float, se: float, allowance: float = 0.5) -> float:
    """Return ``(value - mean) / se - allowance``: a window's statistic in standard errors, less half the shift sought.

    Give the negative of value and mean to watch for a fall.
    """
    required(se > 0.0, "A standard error must be above 0.")
    return (value - mean) / se - allowance


def normal_arl(threshold: float, allowance: float = 0.5, shift: float = 0.0) -> float:
    """Return the mean steps to an alarm of a one-sided chart of standard normal values that lie *shift* higher.

    Solves the integral equation of the run length by Gauss-Legendre quadrature. Source: Page (1954); Goel and Wu
    (1971), Technometrics 13, 221. Lucas and Crosier (1982), Technometrics 24, 199: 930 one-sided, 465 two-sided, at 5.

    >>> round(normal_arl(5.0)), round(normal_arl(4.0))
    (931, 335)
    """
    required(threshold > 0.0, f"The threshold must be above 0; got {threshold}.")
    nodes, weight = np.polynomial.legendre.leggauss(CELLS)
    at, mass = (nodes + 1.0) * threshold / 2.0, weight * threshold / 2.0
    held = np.append(0.0, at)
    drop = allowance - shift
    kernel = np.exp(-((at[None, :] - held[:, None] + drop) ** 2) / 2.0) / math.sqrt(2.0 * math.pi) * mass
    whole = np.column_stack([ndtr(drop - held), kernel])
    return float(np.linalg.solve(np.eye(len(held)) - whole, np.ones(len(held)))[0])


def two_sided(up: float, down: float) -> float:
    """Return the ARL of an upper and a lower chart together, ``1 / (1 / up + 1 / down)``. Source: Kemp (1961)."""
    return 1.0 / (1.0 / up + 1.0 / down)


def siegmund_arl(threshold: float, allowance: float = 0.5, shift: float = 0.0) -> float:
    """Return Siegmund's approximation ``(exp(-2 d b) + 2 d b - 1) / (2 d^2)``, d = shift - allowance, b = h + 1.166.

    Source: Siegmund (1985), Sequential Analysis, 2.6.
    """
    d, b = shift - allowance, threshold + 1.166
    return b * b if abs(d) < SAME else (math.exp(-2.0 * d * b) + 2.0 * d * b - 1.0) / (2.0 * d * d)


def bernoulli_arl(threshold: float, good: float, bad: float, n: int = 1, *, rate: float | None = None) -> float:
    """Return the mean steps of *n* rows to an alarm of `bernoulli_step` when the true rate is *rate* (*good* if None).

    Brook and Evans' Markov chain over two hundred states of S; steps are rounded to states in mean (each is shared
    between the two states beside it), so the value is approximate to about a hundredth. Source: Brook and Evans
    (1972), Biometrika 59, 539.
    """
    required(threshold > 0.0 and n >= 1, "An ARL needs a threshold above 0 and at least one row a step.")
    p = good if rate is None else rate
    hits = np.arange(binom.ppf(1e-12, n, p), binom.ppf(1.0 - 1e-12, n, p) + 1.0)
    chance = binom.pmf(hits, n, p)
    steps = np.array([bernoulli_step(h, n, good, bad) for h in hits])
    width = threshold / CELLS
    whole = np.zeros((CELLS + 1, CELLS + 1))
    for i in range(CELLS + 1):
        reached = np.maximum(i + steps / width, 0.0)
        stays = reached <= CELLS
        floor = np.floor(reached[stays]).astype(int)
        up = reached[stays] - floor
        np.add.at(whole[i], floor, chance[stays] * (1.0 - up))
        np.add.at(whole[i], np.minimum(floor + 1, CELLS), chance[stays] * up)
    return float(np.linalg.solve(np.eye(CELLS + 1) - whole, np.ones(CELLS + 1))[0])


def normal_threshold(arl: float, allowance: float = 0.5) -> float:
    """Return the threshold at which a one-sided chart of standard normal values has this mean time to a false alarm.

    >>> round(normal_threshold(930.9), 2)
    5.0
    """
    required(arl > SHORTEST, f"The mean time to a false alarm must be above {SHORTEST} steps.")
    return float(brentq(lambda h: math.log(normal_arl(h, allowance) / arl), 1e-3, 60.0, xtol=1e-8))


def bernoulli_threshold(arl: float, good: float, bad: float, n: int = 1) -> float:
    """Return the smallest threshold with a mean time to a false alarm of at least *arl* steps of *n* rows.

    Found by halving on `bernoulli_arl`; at log(arl) the bound ``ARL >= exp(threshold)`` always suffices. Source:
    Lorden (1971), Annals of Mathematical Statistics 42, 1897, for the bound.
    """
    required(arl > SHORTEST, f"The mean time to a false alarm must be above {SHORTEST} steps.")
    low, high = 0.0, math.log(arl)
    for _ in range(20):
        middle = (low + high) / 2.0
        enough = bernoulli_arl(middle, good, bad, n) >= arl
        low, high = (low, middle) if enough else (middle, high)
    return high
