"""Distances between two distributions value by value: Kolmogorov and Smirnov's, and Wasserstein's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import kstwo

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Histogram, Sample
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.weights import effective_n

ROWS = 20_000
"""Rows a side that the Wasserstein distance reads."""


def ks(reference: Sample, current: Sample, *, level: float = 0.95, column: str = "@score") -> Measured:
    """Kolmogorov-Smirnov distance of one *column*: the largest gap between the two distribution functions.

    ``D = max |F - G|`` at every distinct value, so ties are exact. H0: both are samples of one population; the
    p-value is the asymptotic one with the finite-size correction of scipy's ks_2samp, on the safe side where values
    tie. The interval takes Dvoretzky, Kiefer and Wolfowitz's bound for both functions at once: it covers at least
    nominally. Null, NaN and infinite values take no part; ``detail`` has their shares and the D expected when
    nothing has moved. Of a large population only a sample was read: sizes are the sample's. Weighted rows enter
    with Kish's effective sizes, which is approximate for the p-value. Source: Smirnov (1948), Annals of
    Mathematical Statistics 19; Massart (1990), Annals of Probability 18.
    """
    paths = _paths(reference, current, column)
    if isinstance(paths, Undefined):
        return paths
    value = float(np.abs(paths.gap).max())
    tail = math.log(4.0 / (1.0 - level)) / 2.0
    reach = math.sqrt(tail / paths.old.n) + math.sqrt(tail / paths.new.n)
    size = paths.old.n * paths.new.n / (paths.old.n + paths.new.n)
    return Estimate(
        value=value,
        low=max(value - reach, 0.0),
        high=min(value + reach, 1.0),
        level=level,
        method=paths.method("Dvoretzky-Kiefer-Wolfowitz"),
        n=len(paths.new.x),
        p_value=float(kstwo.sf(value, max(round(size), 1))),
        detail=paths.detail | {"expected_under_null": math.sqrt(math.pi / 2.0) * math.log(2.0) / math.sqrt(size)},
    )


def wasserstein(
    reference: Sample,
    current: Sample,
    histogram: Histogram | None = None,
    *,
    level: float = 0.95,
    column: str = "@score",
) -> Measured:
    """Wasserstein-1 distance of a numeric column, in standard deviations of the reference.

    The area between the two distribution functions, ``sum |F - G| dx`` over the distinct values, divided by the
    reference's standard deviation: unlike an index over bins it knows how far. The column is *column*, or that of
    *histogram*. ``detail`` has the distance expected when nothing has moved, which is above 0, and the signed shift
    of the mean. Interval by the delta method, from that expectation and z standard errors below the value to z
    above it: conservative when little has moved. Null, NaN and infinite values take no part; their shares are in
    ``detail``. Of a large population only a sample of 20,000 rows is read: sizes are the sample's. Undefined for
    columns of levels, without finite values, or when the reference has a single value. Equal to
    scipy.stats.wasserstein_distance over the reference's deviation. Source: Vallender (1974), Theory of Probability
    and its Applications 18; Sommerfeld and Munk (2018), JRSS B 80.
    """
    if histogram is not None and not histogram.bins.numeric:
        return Undefined(because="the column has levels, not numbers", kind="not-applicable")
    paths = _paths(reference.first(ROWS), current.first(ROWS), histogram.bins.column if histogram else column)
    if isinstance(paths, Undefined):
        return paths
    deviation = paths.old.deviation
    if deviation == 0.0:
        return Undefined(because="the reference has one value only, so there is no scale", kind="not-applicable")
    step = np.diff(paths.support)
    area = float(np.sum(np.abs(paths.gap[:-1]) * step))
    middle = paths.pooled[:-1] * (1.0 - paths.pooled[:-1]) * (1.0 / paths.old.n + 1.0 / paths.new.n)
    noise = math.sqrt(2.0 / math.pi) * float(np.sum(np.sqrt(np.maximum(middle, 0.0)) * step))
    # To first order the area is a difference of means of this function of x, which rises where F lies above G.
    along = np.concatenate([[0.0], np.cumsum(np.sign(paths.gap[:-1]) * step)])
    se = math.hypot(paths.old.standard_error(paths.support, along), paths.new.standard_error(paths.support, along))
    reach = intervals.z_of(level) * se
    return Estimate(
        value=area / deviation,
        low=max(area - noise - reach, 0.0) / deviation,
        high=(area + reach) / deviation,
        level=level,
        method=paths.method("delta method"),
        n=len(paths.new.x),
        detail=paths.detail
        | {
            "expected_under_null": noise / deviation,
            "mean_shift": (paths.new.mean - paths.old.mean) / deviation,
            "scale": deviation,
        },
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """The finite values of one column of a sample, with weights that sum to 1."""

    x: FloatArray
    w: FloatArray
    n: float
    left_out: float
    total: int
    size: int

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(np.sum(self.w * self.x))

    @property
    def deviation(self) -> float:
        """Weighted population standard deviation."""
        return math.sqrt(max(float(np.sum(self.w * (self.x - self.mean) ** 2)), 0.0)) if np.ptp(self.x) > 0 else 0.0

    def below(self, support: FloatArray) -> FloatArray:
        """Return the distribution function at each value of *support*."""
        order = np.argsort(self.x, kind="stable")
        sums = np.concatenate([[0.0], np.cumsum(self.w[order])])
        return np.asarray(sums[np.searchsorted(self.x[order], support, side="right")], dtype=np.float64)

    def standard_error(self, support: FloatArray, along: FloatArray) -> float:
        """Return the standard error of the mean of a function given at the values of *support*."""
        at = along[np.searchsorted(support, self.x)]
        return math.sqrt(float(np.sum(self.w**2 * (at - np.sum(self.w * at)) ** 2)))


@dataclass(frozen=True, slots=True)
class _Paths:
    """Two distribution functions on their common support."""

    old: _Side
    new: _Side
    support: FloatArray
    gap: FloatArray
    pooled: FloatArray

    def method(self, name: str) -> str:
        """Return the name of a method and the sample it ran on, if not all rows."""
        parts = [f"{side.size:,} of {side.total:,}" for side in (self.old, self.new) if side.size < side.total]
        return f"{name}, on a sample of {' and '.join(parts)} rows" if parts else name

    @property
    def detail(self) -> dict[str, Any]:
        """What stands behind any distance: sizes and shares of values without a place on the line."""
        sizes = {"reference_n": self.old.n, "current_n": self.new.n}
        return sizes | {"reference_left_out": self.old.left_out, "current_left_out": self.new.left_out}


def _side(sample: Sample, column: str) -> _Side | None:
    values = np.asarray(sample.columns[column], dtype=np.float64)
    weights = sample.weight
    keep = np.isfinite(values) & (weights > 0)
    total = float(weights[keep].sum())
    if total <= 0.0:
        return None
    n = effective_n(total, float((weights[keep] ** 2).sum()))
    left_out = 1.0 - total / float(weights.sum())
    return _Side(values[keep], weights[keep] / total, n, max(left_out, 0.0), sample.total, sample.size)


def _paths(reference: Sample, current: Sample, column: str) -> _Paths | Undefined:
    old, new = _side(reference, column), _side(current, column)
    if old is None or new is None:
        which = "reference" if old is None else "current"
        return Undefined(
            because=f"the {which} population has no finite value here", needed="finite values on both sides"
        )
    support = np.union1d(old.x, new.x)
    f, g = old.below(support), new.below(support)
    return _Paths(old, new, support, f - g, (old.n * f + new.n * g) / (old.n + new.n))
