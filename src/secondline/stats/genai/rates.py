"""Rates over items: which interval for which size, clusters, slices, and means of graded numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.clusters import effective_size, share_interval, t_of
from secondline.stats.genai.rows import Items, accounted, few, items, nothing
from secondline.stats.intervals import Interval

SMALL = 30
SLICED = ("stratum", "language", "kind")


def interval_of(found: Items, level: float, *, exact: bool = False) -> tuple[Interval, str, float]:
    """Return the interval of a mean of item values in [0, 1], its method, and the effective number of items.

    Items that stand alone and were asked once: Clopper and Pearson's below 30 items (or where *exact*), else Wilson's.
    Clustered or repeated ones: the same at the effective size of the clusters, with Student's t. A normal interval is
    never used: below a few hundred items it is too narrow (Bowyer et al. 2025, arXiv:2503.01747).
    """
    n = float(len(found.mean))
    small = exact or n < SMALL
    form, name = (intervals.clopper_pearson, "Clopper-Pearson") if small else (intervals.wilson, "Wilson")
    if found.alone:
        return form(float(found.mean.sum()), n, level), name, n
    both = found.ratio
    if both is None:
        return Interval(0.0, 1.0), name, 0.0
    size = effective_size(both, float(found.rows.sum()), level)
    share = min(max(both.value, 0.0), 1.0)
    return form(share * size, size, level), f"{name} at the effective size of the clusters", size


def pass_rate(graded: Graded, *, level: float = 0.95, exact: bool = False) -> Measured:
    """Share of answers that pass, over items; an item asked several times counts by its mean.

    The interval is `interval_of`. ``detail`` has the rows without a verdict with the bounds they leave, the design
    effect, and the rate of each slice. Undefined without a verdict. Source: Miller (2024), arXiv:2411.00640, with
    Wilson's interval in place of the normal one.
    """
    found = items(graded)
    if not len(found.mean):
        return nothing(graded)
    span, method, size = interval_of(found, level, exact=exact)
    value, n = float(found.mean.mean()), float(len(found.mean))
    return Estimate(
        value=value, low=min(span.low, value), high=max(span.high, value), level=level, method=method, n=n,
        events=float(found.mean.sum()),
        detail={"answers": accounted(graded), "clusters": found.clusters, "effective items": size,
                "design effect": n / size if size else None, "slices": slices(graded)},
        warnings=few(found.clusters, n),
    )  # fmt: skip


def slices(graded: Graded, level: float = 0.95) -> list[dict[str, Any]]:
    """Return the rate of each slice (stratum, language and kind of case), where there is more than one."""
    made = []
    for column in SLICED:
        names = sorted(set(graded[column].tolist()) - {""})
        for name in names if len(names) > 1 else ():
            found = items(graded.where(graded[column] == name))
            if len(found.mean):
                span, _, _ = interval_of(found, level)
                made.append({"by": column, "slice": name, "items": len(found.mean), "rate": float(found.mean.mean()),
                             "low": span.low, "high": span.high})  # fmt: skip
    return made


def mean_value(graded: Graded, *, level: float = 0.95) -> Measured:
    """Mean of the graded numbers over items, such as recall at k.

    Numbers in [0, 1] take the interval of a share at the effective size of the clusters; others ``mean +- t se`` with
    the cluster-robust standard error (CR1) and C - 1 degrees of freedom for C clusters:
    ``se^2 = C / (C - 1) sum_c (sum_{i in c} (s_i - mean))^2 / n^2``. Undefined without a number, or with one cluster.
    """
    found = items(graded, "value")
    both = found.ratio
    if both is None:
        return nothing(graded, "answer has a graded number")
    n, value = float(len(found.mean)), both.value
    if both.clusters < 2:  # noqa: PLR2004 - a spread needs two
        return nothing(graded, "second cluster of answers has a graded number").model_copy(update={"kind": "too-few"})
    share = bool((found.mean >= 0).all() and (found.mean <= 1).all())
    reach = t_of(level, both.clusters - 1) * both.se
    span = share_interval(both, float(found.rows.sum()), level) if share else Interval(value - reach, value + reach)
    iid = float(found.mean.var()) / n
    return Estimate(
        value=value, low=min(span.low, value), high=max(span.high, value), level=level, n=n,
        method="Wilson at the effective size of the clusters" if share else "cluster-robust (CR1) with Student's t",
        detail={"answers": accounted(graded), "clusters": both.clusters, "standard error": both.se,
                "design effect": both.se**2 / iid if iid > 0 else None,
                "lowest": float(found.mean.min()), "median": float(np.median(found.mean))},
        warnings=few(both.clusters, n),
    )  # fmt: skip


def macro_recall(graded: Graded, *, level: float = 0.95) -> Measured:
    """Mean over classes of the share of each class's cases that pass: no class hides behind a frequent one.

    The class of a case is its stratum. The interval combines those of the classes by their distances (MOVER). One
    class, or none named, gives the plain pass rate. ``detail`` has each class and the plain rate. Undefined without a
    verdict.
    """
    whole = pass_rate(graded, level=level)
    named = [row for row in slices(graded, level) if row["by"] == "stratum"]
    if isinstance(whole, Undefined) or not named:
        return whole
    value = sum(row["rate"] for row in named) / len(named)
    down = math.sqrt(sum((row["rate"] - row["low"]) ** 2 for row in named)) / len(named)
    up = math.sqrt(sum((row["high"] - row["rate"]) ** 2 for row in named)) / len(named)
    worst = min(named, key=lambda row: row["rate"])
    more = {"accuracy": whole.value, "classes": named, "worst class": worst["slice"]}
    return whole.model_copy(update={
        "value": value, "low": max(value - down, 0.0), "high": min(value + up, 1.0),
        "method": "mean over classes, intervals combined (MOVER)", "detail": whole.detail | more,
    })  # fmt: skip


def one_sided(level: float) -> float:
    """Return the level of the two-sided interval each of whose ends is a one-sided bound at *level*: 0.90 for 0.95."""
    return 2.0 * level - 1.0


def design_effect(size: float, icc: float) -> float:
    """Return Kish's ``1 + (m - 1) rho`` for clusters of *size* items with intra-cluster correlation *icc*.

    >>> round(design_effect(20, 0.2), 6)
    4.8
    """
    return 1.0 + (size - 1.0) * icc


def half_width(rate: float, n: float, *, level: float = 0.95, effect: float = 1.0) -> float:
    """Return half the width of Wilson's interval to be expected at a planning *rate* from *n* items.

    *effect* is the design effect. It is what a dry run promises before money is spent; 0.5 without items.

    >>> round(half_width(0.85, 300), 4)
    0.0404
    """
    size = n / effect
    if size <= 0:
        return 0.5
    span = intervals.wilson(rate * size, size, level)
    return (span.high - span.low) / 2.0


def items_for(rate: float, reach: float, *, level: float = 0.95, effect: float = 1.0) -> int:
    """Return the items whose interval at a planning *rate* has a half width of at most *reach*.

    >>> items_for(0.85, 0.05)
    196
    """
    guess = intervals.z_of(level) ** 2 * max(rate * (1 - rate), 1e-9) / reach**2
    low, high = 1, max(math.ceil(4 * guess * effect) + 100, 10)

    def enough(n: int) -> bool:
        return half_width(rate, n, level=level, effect=effect) <= reach

    while not enough(high):
        high *= 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
