"""Curves of one input: accumulated local effects and partial dependence, with intervals, and which way they point.

Sources: Apley and Zhu (2020), JRSS B 82, 1059, for accumulated local effects; Friedman (2001), Annals of Statistics
29, 1189, for partial dependence; Goldstein, Kapelner, Bleich and Pitkin (2015), JCGS 24, 44, for individual curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
TWO = 2
AGAINST = "against the claim"


@dataclass(frozen=True, slots=True, eq=False)
class Accumulated:
    """An ALE curve at its edges, centred, with the matrix that made it of the bins' mean steps and their variances."""

    edges: Floats
    value: Floats
    matrix: Floats
    mean: Floats
    variance: Floats
    rows: Ints

    @property
    def se(self) -> Floats:
        """The standard error at each edge."""
        return np.asarray(np.sqrt((self.matrix**2) @ self.variance))


def accumulated(edges: Floats, shares: Floats, place: Ints, steps: Floats, weight: Floats) -> Accumulated | None:
    """Return the ALE curve: ``ALE(z_k) = sum_{l <= k} m_l`` less its mean over the rows; None without steps.

    ``m_l`` is the weighted mean step of the rows scored in bin l, and between edges the curve is straight, so that its
    mean over the rows is ``sum_l share_l (ALE(z_{l-1}) + ALE(z_l)) / 2``. The curve is linear in the means, and bins
    hold different rows: its variance follows from theirs, with the edges and the shares taken as known. A bin with one
    row borrows the mean variance of a step from the others. Rows whose step is not finite are left out.
    """
    size = len(shares)
    keep = np.isfinite(steps) & (weight > 0)
    place, steps, weight = place[keep], steps[keep], weight[keep]
    rows = np.bincount(place, minlength=size)
    if not size or not len(steps) or (rows == 0).any():
        return None
    total = np.bincount(place, weight, size)
    mean = np.bincount(place, weight * steps, size) / total
    squares = np.bincount(place, weight**2 * (steps - mean[place]) ** 2, size)
    several = rows > 1
    variance = np.zeros(size)
    variance[several] = squares[several] / total[several] ** 2 * rows[several] / (rows[several] - 1.0)
    if several.any():
        variance[~several] = float((variance[several] * rows[several]).mean())
    lower = np.tril(np.ones((size + 1, size)), -1)
    middle = shares @ (lower[:-1] + lower[1:]) / 2
    matrix = lower - middle
    return Accumulated(edges, matrix @ mean, matrix, mean, variance, rows)


def moved(curve: Accumulated, scale: str, *, level: float = 0.95) -> Estimate:
    """How far the score moves, at most, as a number runs over its range: the highest less the lowest point of its ALE.

    The interval is that of the difference between those two points, by the delta method; which two they are was chosen
    by looking, so that of a flat curve it is somewhat too high. It is exact, and has no width, where the input acts
    alone. ``detail`` holds the curve with pointwise intervals at the same level.
    """
    top, bottom = int(curve.value.argmax()), int(curve.value.argmin())
    contrast = curve.matrix[top] - curve.matrix[bottom]
    span = intervals.normal(
        float(curve.value[top] - curve.value[bottom]), float(np.sqrt(contrast**2 @ curve.variance)), level
    )
    value = float(curve.value[top] - curve.value[bottom])
    reach = intervals.z_of(level) * curve.se
    ale = [
        {"x": float(x), "value": float(v), "low": float(v - r), "high": float(v + r)}
        for x, v, r in zip(curve.edges, curve.value, reach, strict=True)
    ]
    return Estimate(
        value=value, low=max(span.low, 0.0), high=span.high, level=level, method="ALE, delta method",
        n=float(curve.rows.sum()), detail={"scale": scale, "ale": ale},
    )  # fmt: skip


def individual(
    at: list[float] | list[str], parts: Floats, curves: Floats, without: Floats, weight: Floats, level: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return partial dependence with its interval and the spread of single rows, and what a missing value does.

    Each row's own curve is centred on its mean over the values (*parts* are their weights), so that the interval is of
    the shape and not of the level of the scores; the curve is the weighted mean of the rows', and its standard error
    theirs. ``ice`` are the 10th and 90th percentiles of the rows. Rows with a score that is not finite are left out.
    """
    keep = np.isfinite(curves).all(axis=1) & (weight > 0)
    if not keep.any() or not len(parts):
        return [], {}
    whole = parts / parts.sum()
    middle = (curves[keep] @ whole)[:, np.newaxis]
    own, w = curves[keep] - middle, weight[keep]
    mean, se = _mean(own, w)
    reach = intervals.z_of(level) * se
    ice = np.quantile(own, [0.1, 0.9], axis=0)
    points = [
        {"x": x, "value": float(m), "low": float(m - r), "high": float(m + r), "ice": [float(a), float(b)]}
        for x, m, r, a, b in zip(at, mean, reach, *ice, strict=True)
    ]
    if not len(without) or not np.isfinite(without[keep]).all():
        return points, {}
    (gone,), (error,) = _mean(without[keep][:, np.newaxis] - middle, w)
    reach_gone = float(intervals.z_of(level) * error)
    return points, {"value": float(gone), "low": float(gone - reach_gone), "high": float(gone + reach_gone)}


def _mean(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return weighted means down the rows and their standard errors (0 with one row)."""
    total, n = weight.sum(), len(weight)
    mean = weight @ values / total
    spread = (weight**2) @ (values - mean) ** 2 / total**2
    return mean, np.sqrt(spread * n / max(n - 1, 1))


def spread_of(
    points: list[dict[str, Any]], curves: Floats, weight: Floats, scale: str, level: float = 0.95
) -> Measured:
    """How far the score moves between the texts of a column: its highest less its lowest partial dependence.

    Normal interval of the paired difference over the rows. Undefined with fewer than two texts.
    """
    keep = np.isfinite(curves).all(axis=1) & (weight > 0)
    if len(points) < TWO:
        return Undefined(because="it holds fewer than two values", kind="not-applicable", n=len(curves))
    heights = np.array([point["value"] for point in points])
    top, bottom = int(heights.argmax()), int(heights.argmin())
    (gap,), (se,) = _mean((curves[keep][:, top] - curves[keep][:, bottom])[:, np.newaxis], weight[keep])
    span = intervals.normal(float(gap), float(se), level)
    return Estimate(
        value=float(gap), low=max(span.low, 0.0), high=span.high, level=level, method="partial dependence, paired",
        n=float(keep.sum()), detail={"scale": scale},
    )  # fmt: skip


def pointing(curve: Accumulated, sign: int, scale: str, *, level: float = 0.95) -> Estimate:
    """Trend of the ALE curve in the claimed direction: its least-squares slope on the rank of the input, from 0 to 1.

    Positive where risk moves as claimed (*sign* is 1 for increasing). The slope is linear in the bins' mean steps, so
    that its interval follows from theirs. ``detail`` lists the stretches whose mean step goes against the claim by
    more than its error, with Bonferroni's correction for looking at every bin, and says whether they lie at an end of
    the range, where data are thin and a bend does not show in the trend.
    """
    size = len(curve.mean)
    ranks = np.concatenate([[0.0], np.cumsum(curve.rows / curve.rows.sum())])
    away = ranks - ranks.mean()
    weights = sign * (away / (away @ away)) @ curve.matrix
    value = float(weights @ curve.mean)
    span = intervals.normal(value, float(np.sqrt(weights**2 @ curve.variance)), level)
    margin = intervals.z_of(1.0 - (1.0 - level) / size) * np.sqrt(curve.variance)
    wrong = [k for k in range(size) if sign * curve.mean[k] < -margin[k] - 1e-9]
    stretches = [
        {"from": float(curve.edges[k]), "to": float(curve.edges[k + 1]), "step": float(curve.mean[k]),
         "where": "low end" if k == 0 else "high end" if k == size - 1 else "middle"}
        for k in wrong
    ]  # fmt: skip
    ends = [f"from {s['from']:g} to {s['to']:g} ({s['where']})" for s in stretches if s["where"] != "middle"]
    said = (f"the curve runs {AGAINST} at an end of the range: {', '.join(ends)}",) if ends else ()
    return Estimate(
        value=value, low=span.low, high=span.high, level=level, method="ALE, delta method", n=float(curve.rows.sum()),
        detail={"scale": scale, AGAINST: stretches, "adverse": _adverse(curve.value, sign)}, warnings=said,
    )  # fmt: skip


def _adverse(value: Floats, sign: int) -> float:
    """Return the largest fall of the curve, read in the claimed direction, from a point to a later one."""
    heights = sign * value
    return float((np.maximum.accumulate(heights) - heights).max())
