"""Anytime-valid processes: evidence against a null that may be looked at every day for ever.

A process takes one increment a key (a day, say, as a number) and holds sums only. Its e-value starts at 1 and, while
the null holds, reaches 1/alpha at any time in an unlimited future with a chance of at most alpha. So it may be looked
at as often as one likes.

**Late labels.** A key is taken once, when its labels are as mature as the plan says, with the labels known then: that
is the line that decides, and its guarantee is about labels as known at that age. A key taken before is ignored, so
events delivered twice change nothing. When labels change a past key later, `Watch.restate` adds the difference to a
second line, which says what the evidence would be had one known. The deciding line, its peak and its alarm stay: a
restatement never takes an alarm back, and never raises one by itself.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import logsumexp

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.stats.monitoring import nulls
from secondline.stats.monitoring.nulls import Null
from secondline.stats.monitoring.shares import SharesWithin

Mode = Literal["constant", "change", "detector"]
KINDS: dict[str, Any] = {
    kind.__name__: kind
    for kind in (nulls.RateWithin, nulls.MeanWithin, nulls.CalibratedWithin, nulls.WindowsWithin, SharesWithin)
}
MOST_STARTS = 64
LARGEST = 690.0
"""The logarithm of the largest e-value that is written as a number."""


@dataclass(frozen=True, slots=True)
class Start:
    """A candidate for when a change began: its first key, its place among starts, and the sums before it."""

    key: int
    order: int
    before: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """A null, a budget *alpha*, and the sums of what was taken.

    *mode* says against what: ``constant``, wrong from the beginning, ``E = E_0``; ``change``, wrong from an unknown
    time, ``E = sum_j E_j / ((j+1)(j+2)) + 1/(J+1)`` over the J starts so far, one every *every* keys; or ``detector``,
    the Shiryaev-Roberts sum ``sum_j E_j``, whose mean time to a false alarm is at least 1/alpha keys (of *every* keys
    each, where starts are rarer). The first two alarm falsely, ever, with a chance of at most alpha. Of more than 64
    starts every second old one is dropped, which only lowers E. *dispersion* divides the sums: above 1 where rows come
    in clusters. ``peak`` is the largest log e-value so far, ``alarm`` the key at which 1/alpha was first reached;
    keys up to ``begun`` belong to an earlier run.
    Source: Shin, Ramdas and Rinaldo (2024), New England Journal of Statistics in Data Science 2, 229 (e-detectors);
    Howard et al. (2021).
    """

    null: Null
    alpha: float = 0.05
    mode: Mode = "change"
    every: int = 7
    dispersion: float = 1.0
    taken: int = 0
    through: int | None = None
    totals: tuple[float, ...] = ()
    starts: tuple[Start, ...] = ()
    peak: float = 0.0
    alarm: int | None = None
    begun: int | None = None

    def __post_init__(self) -> None:
        """Refuse a budget, a rhythm or a dispersion that cannot be meant."""
        nulls.required(0.0 < self.alpha < 1.0, f"The budget alpha must lie between 0 and 1; got {self.alpha}.")
        nulls.required(self.every >= 1, "A start every so many keys: at least 1.")
        nulls.required(self.dispersion >= 1.0, "The dispersion must be at least 1.")
        nulls.required(self.null.spent < self.alpha, "The baseline's region must cost less than the whole budget.")

    def take(self, key: int, sums: tuple[float, ...]) -> Process:
        """Return the process after the increment *sums* of *key*; itself when the key was taken before."""
        if self.through is not None and key <= self.through:
            return self
        self._fitting(sums)
        before = self.totals or (0.0,) * self.null.size
        starts = self.starts
        if not starts or (self.mode != "constant" and self.taken % self.every == 0):
            starts = _thinned((*starts, Start(key, starts[-1].order + 1 if starts else 0, before)))
        totals = tuple(a + b for a, b in zip(before, sums, strict=True))
        now = replace(self, taken=self.taken + 1, through=key, totals=totals, starts=starts)
        log_e = now.log_e
        reached = self.alarm is None and log_e >= -math.log(self.alpha)
        return replace(now, peak=max(self.peak, log_e), alarm=key if reached else self.alarm)

    def restated(self, key: int, difference: tuple[float, ...]) -> Process:
        """Return the process as if the increment of a *key* taken before had been larger by *difference*.

        Peak and alarm stay, as they were decided on what was known.
        """
        self._fitting(difference)
        if self.through is None or key > self.through:
            raise SpecError(f"Key {key} was not taken yet, so there is nothing to restate.")
        if self.begun is not None and key <= self.begun:
            return self

        def moved(sums: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(a + b for a, b in zip(sums, difference, strict=True))

        starts = tuple(replace(s, before=moved(s.before)) if s.key > key else s for s in self.starts)
        return replace(self, totals=moved(self.totals), starts=starts)

    def renewed(self) -> Process:
        """Return the process begun anew after an alarm was closed: same null and budget, nothing taken but the keys."""
        fresh = Process(self.null, self.alpha, self.mode, self.every, self.dispersion)
        return replace(fresh, through=self.through, begun=self.through)

    def _fitting(self, sums: tuple[float, ...]) -> None:
        if len(sums) != self.null.size:
            raise SpecError(f"This null needs {self.null.size} sums an increment; got {len(sums)}.")

    def _parts(self) -> FloatArray:
        """Return the log of each start's share of the evidence."""
        after = np.array(self.totals) - np.array([s.before for s in self.starts])
        logs = self.null.log_e(after / self.dispersion)
        if self.mode != "change":
            return logs
        order = np.array([s.order for s in self.starts])
        return np.asarray(logs - np.log((order + 1.0) * (order + 2.0)))

    @property
    def log_e(self) -> float:
        """The logarithm of the e-value now, the price of an estimated baseline taken off."""
        if not self.starts:
            return 0.0
        parts = self._parts()
        if self.mode == "change":
            parts = np.append(parts, -math.log(self.starts[-1].order + 2.0))
        log_e, spent = float(logsumexp(parts)), self.null.spent
        if spent == 0.0:
            return log_e
        # min(E, K) / (1 + spent K) is an e-value whether or not the baseline's region covers.
        cap = 1.0 / (self.alpha - spent)
        return min(log_e, math.log(cap)) - math.log1p(spent * cap)

    @property
    def since(self) -> int | None:
        """The start that carries most of the evidence: when a change is likeliest to have begun."""
        return self.starts[int(np.argmax(self._parts()))].key if self.starts else None

    def estimate(self) -> Measured:
        """Return the e-value now, with the anytime-valid p-value 1 / (largest e-value so far).

        Undefined before the first increment with rows. The e-value is cut at e^690 to be a number.
        """
        rows = self.null.rows(np.array(self.totals)) if self.totals else 0.0
        if rows <= 0.0:
            return Undefined(because="nothing has been taken yet", needed="a window with rows")
        log_e = self.log_e
        return Estimate(
            value=math.exp(max(min(log_e, LARGEST), -LARGEST)),
            level=1.0 - self.alpha,
            method=f"e-process, {type(self.null).__name__}, {self.mode}",
            n=rows,
            p_value=None if self.mode == "detector" else math.exp(-self.peak),
            detail={
                "log_e": max(log_e, -LARGEST), "threshold": 1.0 / self.alpha, "peak_log_e": self.peak,
                "alarm": self.alarm, "since": self.since, "keys": self.taken,
            },
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return the whole state as plain JSON values."""
        return asdict(self) | {"null": nulls.as_json(self.null)}

    @staticmethod
    def from_json(state: dict[str, Any]) -> Process:
        """Return the process whose state `to_json` wrote: it goes on where it stood."""
        held = dict(state["null"])
        kind = KINDS.get(held.pop("kind"))
        if kind is None:
            raise SpecError(f"No null is called {state['null']['kind']!r}. Known: {', '.join(sorted(KINDS))}.")
        null = kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in held.items()})
        starts = tuple(Start(s["key"], s["order"], tuple(s["before"])) for s in state["starts"])
        return Process(**state | {"null": null, "totals": tuple(state["totals"]), "starts": starts})


def _thinned(starts: tuple[Start, ...]) -> tuple[Start, ...]:
    if len(starts) <= MOST_STARTS:
        return starts
    half = len(starts) // 2
    return starts[:half:2] + starts[half:]


@dataclass(frozen=True, slots=True)
class Watch:
    """A process as decided on the labels known in time, beside the same process as restated since."""

    decided: Process
    restated: Process

    @staticmethod
    def of(process: Process) -> Watch:
        """Return the watch of a process from its state now."""
        return Watch(process, process)

    def take(self, key: int, sums: tuple[float, ...]) -> Watch:
        """Return the watch after an increment, on both lines; itself when the key was taken before."""
        return Watch(self.decided.take(key, sums), self.restated.take(key, sums))

    def restate(self, key: int, before: tuple[float, ...], after: tuple[float, ...]) -> Watch:
        """Return the watch after labels changed the increment of a past *key*: the deciding line stays as it is."""
        difference = tuple(b - a for a, b in zip(before, after, strict=True))
        return Watch(self.decided, self.restated.restated(key, difference))

    def to_json(self) -> dict[str, Any]:
        """Return the state of both lines as plain JSON values."""
        return {"decided": self.decided.to_json(), "restated": self.restated.to_json()}

    @staticmethod
    def from_json(state: dict[str, Any]) -> Watch:
        """Return the watch whose state `to_json` wrote."""
        return Watch(Process.from_json(state["decided"]), Process.from_json(state["restated"]))


def overdispersion(events: FloatArray, n: FloatArray) -> float:
    """Return how much more windows vary than one binomial law lets them: Pearson's chi-square over its df, at least 1.

    Estimate it on the reference period and give it to processes as ``dispersion``. 1 for fewer than two windows.
    Source: McCullagh and Nelder (1989), Generalized Linear Models, 4.5.
    """
    hits, rows = np.asarray(events, dtype=np.float64), np.asarray(n, dtype=np.float64)
    hits, rows = hits[rows > 0], rows[rows > 0]
    rate = float(hits.sum() / rows.sum()) if len(rows) else 0.0
    if len(rows) < 2 or not 0.0 < rate < 1.0:  # noqa: PLR2004 - spread needs two
        return 1.0
    return max(float(((hits - rows * rate) ** 2 / (rows * rate * (1.0 - rate))).sum()) / (len(rows) - 1), 1.0)
