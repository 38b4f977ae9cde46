"""Shares that must not move: missing values, unknown categories, the event rate."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr
from scipy.stats import fisher_exact

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable, Histogram
from secondline.core.tables.bins import MISSING, NAN, OTHER
from secondline.stats import intervals, power
from secondline.stats.weights import effective_counts

FEW = 5.0
Counts = tuple[float, float]
"""Hits and rows of one population, effective when weighted."""


def missing(reference: Histogram, current: Histogram, *, level: float = 0.95) -> Measured:
    """Change of the share of missing values (null and NaN), current minus reference.

    H0: both shares are equal. Newcombe's interval of the difference; p-value of the pooled two-proportion z test,
    or of Fisher's exact test when a cell of the table expects fewer than five rows. ``mde`` is the smallest rise
    found with 80 % power. Weighted rows enter as Kish's effective counts. Undefined without rows on either side.
    Source: Newcombe (1998), Statistics in Medicine 17, 873; Fleiss, Levin and Paik (2003), chapter 3.
    """
    return _cells(reference, current, (MISSING, NAN), level)


def new_categories(reference: Histogram, current: Histogram, *, level: float = 0.95) -> Measured:
    """Change of the share of rows whose level the reference did not list, current minus reference.

    The reference lists its most frequent levels; what is beyond them is "other", in the reference too. Test, interval,
    ``mde`` and weights as for ``missing``. Numeric columns have no levels: the question does not arise.
    """
    if reference.bins.numeric:
        return Undefined(because="the column is numeric, so it has no categories", kind="not-applicable")
    return _cells(reference, current, (OTHER,), level)


def target_rate(reference: GroupTable, current: GroupTable, *, level: float = 0.95) -> Measured:
    """Change of the event rate over labelled and scored rows, current minus reference.

    Test, interval, ``mde`` and weights as for ``missing``. A change is a fact about the population, not by itself a
    fault of the model: read calibration beside it.
    """
    old, new = (_events(table) for table in (reference, current))
    labelled = int(current.labelled.sum())
    return _difference(old, new, rows=labelled, events=float(current.event_rows.sum()), level=level)


def _events(table: GroupTable) -> Counts:
    return effective_counts(
        float(table.event_weight.sum()), float(table.label_weight.sum()), float(table.weight_sq.sum())
    )


def _cells(reference: Histogram, current: Histogram, names: tuple[str, ...], level: float) -> Measured:
    at = [i for i, label in enumerate(reference.bins.labels) if label in names]
    counts = [
        effective_counts(float(h.weight[at].sum()), float(h.weight.sum()), float(h.weight_sq.sum()))
        for h in (reference, current)
    ]
    return _difference(
        counts[0], counts[1], rows=int(current.rows.sum()), events=float(current.rows[at].sum()), level=level
    )


def _difference(old: Counts, new: Counts, *, rows: int, events: float, level: float) -> Measured:
    if old[1] <= 0.0 or new[1] <= 0.0:
        which = "reference" if old[1] <= 0.0 else "current"
        return Undefined(because=f"the {which} population has no rows here", n=rows, needed="rows in both populations")
    before, now = old[0] / old[1], new[0] / new[1]
    interval = intervals.newcombe(*new, *old, level)
    return Estimate(
        value=now - before,
        low=interval.low,
        high=interval.high,
        level=level,
        method="Newcombe",
        n=rows,
        events=events,
        p_value=two_proportions(old, new),
        mde=power.mde_two_proportions(before, new[1], old[1], alpha=1.0 - level),
        mde_unit="rise of the share",
        detail={"reference": before, "current": now, "reference_n": old[1], "current_n": new[1]},
    )


def two_proportions(old: Counts, new: Counts) -> float:
    """Return the two-sided p-value that two shares are equal: z when all cells expect five rows, else Fisher's."""
    total, hits = old[1] + new[1], old[0] + new[0]
    share = hits / total
    if share <= 0.0 or share >= 1.0:
        return 1.0
    if min(share, 1.0 - share) * min(old[1], new[1]) < FEW:
        table = np.array([[round(x), max(round(n) - round(x), 0)] for x, n in (old, new)])
        return float(fisher_exact(table)[1])
    se = math.sqrt(share * (1.0 - share) * (1.0 / old[1] + 1.0 / new[1]))
    return 2.0 * float(ndtr(-abs(new[0] / new[1] - old[0] / old[1]) / se))
