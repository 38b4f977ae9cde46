"""Evidence: which null hypothesis a line's level states about its readings, and what one reading adds to it.

The null of a level is that the truth has not passed it. A reading of bins (a PSI) is taken as counts, a rate as events
among rows, anything else with an interval as a value with its standard error. A number without an interval is a count
without error: nothing is tested about it.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from secondline.core.estimate import Estimate
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.intervals import z_of
from secondline.stats.monitoring.nulls import Null, RateWithin, WindowsWithin
from secondline.stats.monitoring.sequential import Process, Watch
from secondline.stats.monitoring.shares import SharesWithin

Kind = Literal["bins", "rate", "value", "exact"]
TINY = 1e-9
FEWEST = 5.0
"""Rows below which a share of a bin is not turned back into a count."""
EVENTS = 20.0
"""Events below which the error of a window's value is no normal one, and the window enters no process."""


def too_few(estimate: Estimate) -> bool:
    """Whether a value rests on fewer events than its standard error needs to mean anything."""
    return kind_of(estimate) == "value" and estimate.events is not None and estimate.events < EVENTS


def kind_of(estimate: Estimate) -> Kind:
    """Return as what an estimate enters a test."""
    bins = estimate.detail.get("bins")
    if bins and estimate.detail.get("current_n", 0) >= FEWEST and estimate.detail.get("reference_n", 0) >= FEWEST:
        return "bins"
    if estimate.low is None or estimate.high is None:
        return "exact"
    counted = estimate.events is not None and estimate.n > 0 and estimate.detail.get("by") != "value"
    if counted and abs(estimate.value - (estimate.events or 0.0) / estimate.n) < TINY:
        return "rate"
    return "value"


def se_of(estimate: Estimate) -> float:
    """Return the standard error of an estimate: as stated, or from the width of its interval; 0 without one."""
    stated = estimate.detail.get("se")
    if isinstance(stated, (int, float)) and stated > 0:
        return float(stated)
    if estimate.low is None or estimate.high is None:
        return 0.0
    return (estimate.high - estimate.low) / (2.0 * z_of(estimate.level))


def labels_of(estimate: Estimate) -> tuple[str, ...]:
    """Return the names of an estimate's bins; none where it has none."""
    return tuple(str(row["label"]) for row in estimate.detail.get("bins") or ())


def null_of(estimate: Estimate, edge: float, *, above: bool, shift: float, alpha: float) -> Null | None:
    """Return the null that the truth has not passed *edge*; None where such an estimate cannot test it.

    *shift* is the smallest change beyond the edge that matters. The bins' reference is an estimate itself: the null
    holds its region (see :class:`SharesWithin`). It has one bin more, for rows in bins that the first reading lacks.
    """
    kind = kind_of(estimate)
    if kind == "bins":
        if not above:
            return None
        held = np.append(_counts(estimate, "reference", labels_of(estimate))[:-1], 0.0)
        return SharesWithin.of_reference(held, alpha=alpha, shift=max(shift, 0.01), tolerance=edge)
    if kind == "rate" and 0.0 < edge < 1.0:
        low, high = (TINY / 2, edge) if above else (edge, 1.0 - TINY / 2)
        return RateWithin(low, high, shift=min(shift, 0.5), sides="rise" if above else "fall")
    if kind in {"rate", "value"}:
        return WindowsWithin(edge, edge, shift=shift, sides="rise" if above else "fall")
    return None


def increment(null: Null, estimate: Estimate, labels: tuple[str, ...] = ()) -> tuple[float, ...] | None:
    """Return what a reading adds to the evidence against *null*; None when it does not fit it.

    *labels* are the bins of the reading that the null was made from.
    """
    if isinstance(null, SharesWithin):
        return null.increment(_counts(estimate, "current", labels)) if kind_of(estimate) == "bins" else None
    if isinstance(null, RateWithin):
        if estimate.events is None or not 0 <= estimate.events <= estimate.n:
            return None
        spread = clustering(estimate)
        return null.increment(estimate.events / spread, estimate.n / spread)
    if isinstance(null, WindowsWithin):
        se = se_of(estimate)
        return null.increment(estimate.value, se) if se > 0 and math.isfinite(se) else None
    return None


def _counts(estimate: Estimate, side: str, labels: tuple[str, ...]) -> FloatArray:
    """Return the counts of the bins named, and of all others together."""
    shares = {str(row["label"]): float(row[side]) for row in estimate.detail["bins"]}
    other = sum(share for label, share in shares.items() if label not in labels)
    found = np.array([*(shares.get(label, 0.0) for label in labels), other], dtype=np.float64)
    return np.asarray(np.round(found * float(estimate.detail[f"{side}_n"]), 6))


def begun(
    estimate: Estimate, edge: float, *, above: bool, shift: float, alpha: float, after: int | None = None
) -> Watch | None:  # fmt: skip
    """Return the process that watches a level from its first reading on, *after* a key; None where none can."""
    null = null_of(estimate, edge, above=above, shift=shift, alpha=alpha)
    if null is None:
        return None
    return Watch.of(Process(null, alpha=alpha, mode="change", every=1, through=after, begun=after))


def clustering(estimate: Estimate) -> float:
    """Return the design effect of a rate, at least 1: its interval's width over that of as many single rows, squared.

    Rows of one account or entity come in clusters and count for less than as many rows on their own. A measure that
    knows its clusters has them in its interval, which is compared here with Wilson's of as many rows. 1 where the
    interval is Wilson's own. Source: Korn and Graubard (1998), Survey Methodology 24.
    """
    if estimate.events is None or estimate.n <= 0 or estimate.low is None or estimate.high is None:
        return 1.0
    if (stated := estimate.detail.get("design effect")) is not None:
        return max(float(stated), 1.0)
    plain = intervals.wilson(min(estimate.events, estimate.n), estimate.n, estimate.level)
    width = plain.high - plain.low
    return max(((estimate.high - estimate.low) / width) ** 2, 1.0) if width > 0 else 1.0
