"""Ratios of sums over clusters (accounts, documents), with intervals that respect that their rows belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from secondline.stats import intervals
from secondline.stats.intervals import Interval

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two sums over clusters: ``se`` is its linearised standard error, ``clusters`` those in either sum.

    ``kish`` is the number of equal clusters that the denominators are worth, ``(sum x)^2 / sum x^2``.
    """

    value: float
    se: float
    clusters: int
    kish: float
    top: float
    bottom: float


def ratio(tops: Floats, bottoms: Floats) -> Ratio | None:
    """Return ``R = sum y / sum x`` over clusters; None when the denominator is 0.

    ``se^2 = G / (G - 1) sum (y - R x)^2 / (sum x)^2`` over the G clusters with y or x: the linearised variance of a
    ratio of cluster totals, which for a mean is the cluster-robust one (CR1). Source: Cochran (1977), Sampling
    Techniques, 3rd ed., 6.3 and 9A.
    """
    used = (tops != 0) | (bottoms != 0)
    y, x = tops[used], bottoms[used]
    bottom = float(x.sum())
    if bottom <= 0:
        return None
    value, groups = float(y.sum()) / bottom, len(x)
    spread = float(((y - value * x) ** 2).sum())
    se = math.sqrt(spread * groups / (groups - 1)) / bottom if groups > 1 else math.inf
    return Ratio(value, se, groups, bottom**2 / float((x**2).sum()), float(y.sum()), bottom)


def effective_size(found: Ratio, rows: float, level: float) -> float:
    """Return the independent rows that a share of clustered ones is worth; 1 where there is but one cluster.

    ``R (1 - R) / se^2``, at most *rows*, and times ``(z / t)^2`` for few clusters; at 0 and 1, where there is no
    spread to see, the number of equal clusters the denominators are worth. Source: Korn and Graubard (1998), Survey
    Methodology 24, 193.
    """
    share = min(max(found.value, 0.0), 1.0)
    degrees = found.clusters - 1
    if degrees < 1:
        return 1.0
    spread = share * (1 - share)
    size = spread / found.se**2 if spread > 0 and 0 < found.se < math.inf else found.kish
    return float(min(size, rows) * (intervals.z_of(level) / t_of(level, degrees)) ** 2)


def share_interval(found: Ratio, rows: float, level: float) -> Interval:
    """Return the interval of a ratio that is a share: Wilson's at its effective size (Korn and Graubard: the exact)."""
    size = effective_size(found, rows, level)
    return intervals.wilson(min(max(found.value, 0.0), 1.0) * size, size, level)


def t_of(level: float, degrees: float) -> float:
    """Return Student's quantile of a two-sided interval at *level*."""
    return float(stdtrit(degrees, (1.0 + level) / 2.0))
