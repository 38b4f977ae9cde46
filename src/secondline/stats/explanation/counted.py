"""Shares of rows and of things within rows, with intervals that know what was drawn: the row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
NONE_DECLINED = "no declined row could be explained"


def share(
    hit: Mask, *, level: float = 0.95, detail: dict[str, Any] | None = None, warnings: tuple[str, ...] = ()
) -> Measured:
    """Share of rows that are hit, with Clopper and Pearson's interval. Undefined without rows.

    >>> found = share(np.array([True, False, False, False]))
    >>> found.value, round(found.high, 3)
    (0.25, 0.806)
    """
    n, hits = len(hit), int(hit.sum())
    if not n:
        return Undefined(because=NONE_DECLINED, needed="declined rows")
    span = intervals.clopper_pearson(hits, n, level)
    return Estimate(
        value=hits / n, low=span.low, high=span.high, level=level, method="Clopper-Pearson over rows", n=n,
        events=hits, detail=detail or {}, warnings=warnings,
    )  # fmt: skip


def mean_of_shares(
    values: Floats, *, level: float = 0.95, detail: dict[str, Any] | None = None, warnings: tuple[str, ...] = ()
) -> Measured:
    """Mean over rows of numbers in [0, 1], with a normal interval cut at 0 and 1.

    Where every row has the same number there is no spread to read an error from, and Clopper and Pearson's interval
    of a share of 0 or 1 is taken if that number is 0 or 1. Undefined without rows, and with one row.
    """
    n = len(values)
    if n < 2:  # noqa: PLR2004 - a spread needs two rows
        return Undefined(because="fewer than two declined rows could be explained", n=n, needed="declined rows")
    mean = float(values.mean())
    if mean in {0.0, 1.0}:
        span = intervals.clopper_pearson(mean * n, n, level)
    else:
        span = intervals.normal(mean, float(values.std(ddof=1)) / math.sqrt(n), level)
    return Estimate(
        value=mean, low=max(span.low, 0.0), high=min(span.high, 1.0), level=level, method="mean over rows, normal", n=n,
        detail=detail or {}, warnings=warnings,
    )  # fmt: skip


def ratio(hits: Places, sizes: Places, *, level: float = 0.95, detail: dict[str, Any] | None = None) -> Measured:
    """Share of things that are hit, where rows hold several: ``sum hits / sum sizes``, its error read between rows.

    The linearised variance of a ratio, ``sum (h - r s)^2 n / ((n - 1) (sum s)^2)``, and a normal interval cut at 0 and
    1; at 0 and at 1 Clopper and Pearson's over rows, which does not count things of one row as independent. Source:
    Cochran (1977), Sampling Techniques, 6.3 and 9A. Undefined when rows hold nothing.
    """
    held = sizes > 0
    h, s = hits[held].astype(float), sizes[held].astype(float)
    n, total = len(s), float(s.sum())
    if not n:
        return Undefined(because=NONE_DECLINED, needed="declined rows")
    r = float(h.sum() / total)
    if r in {0.0, 1.0} or n == 1:
        span = intervals.clopper_pearson(r * n, n, level) if r in {0.0, 1.0} else intervals.Interval(0.0, 1.0)
    else:
        se = math.sqrt(float(((h - r * s) ** 2).sum()) * n / (n - 1)) / total
        span = intervals.normal(r, se, level)
    return Estimate(
        value=r, low=max(span.low, 0.0), high=min(span.high, 1.0), level=level, method="ratio, errors between rows",
        n=n, events=float(h.sum()), detail=(detail or {}) | {"of": int(total)},
    )  # fmt: skip


def paired(first: Floats, second: Floats, level: float) -> dict[str, float]:
    """Return the mean of ``first - second`` over rows with a normal interval, as plain numbers for ``detail``."""
    gap = first - second
    se = float(gap.std(ddof=1)) / math.sqrt(len(gap)) if len(gap) > 1 else 0.0
    span = intervals.normal(float(gap.mean()), se, level)
    return {"value": float(gap.mean()), "low": span.low, "high": span.high}
