"""Jensen and Shannon's distance between two distributions over bins."""

from __future__ import annotations

import math

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Histogram
from secondline.core.tables._arrays import FloatArray
from secondline.stats.stability import noise, pairs, psi


def jensen_shannon(reference: Histogram, current: Histogram, *, level: float = 0.95, base: float = 2.0) -> Measured:
    """Jensen-Shannon distance over bins: the square root of the divergence of both populations from their middle.

    ``sqrt((K(p, r) + K(q, r)) / 2)`` with r = (p + q) / 2, K the relative entropy and logarithms to *base*: with
    base 2 it lies between 0 and 1. Empty bins need no rule. ``detail`` has the divergence (its square) and the one
    expected when nothing has moved, (B - 1)(1/n + 1/m) / 8 in natural units. The interval is that of the
    divergence between the populations, as for PSI, of which it is an eighth near no shift. Equal to
    scipy.spatial.distance.jensenshannon. Source: Lin (1991), IEEE Transactions on Information Theory 37.
    """
    pair = pairs.of(reference, current)
    if isinstance(pair, Undefined):
        return pair
    if (alone := pairs.one_cell(pair)) is not None:
        return alone
    unit = math.log(base)
    p, q = pair.p, pair.q
    middle = (p + q) / 2.0
    of_p, of_q = _log_ratio(p, middle), _log_ratio(q, middle)
    divergence = max(math.fsum(p * of_p + q * of_q) / 2.0, 0.0)
    df = pair.cells - 1
    spread = _spread(p, of_p / 2.0) / pair.n + _spread(q, of_q / 2.0) / pair.m
    # Near no shift, eight times the divergence is a PSI.
    interval = noise.interval(8.0 * divergence, df, pair.noise, 64.0 * spread, level)
    return Estimate(
        value=math.sqrt(divergence / unit),
        low=math.sqrt(interval.low / 8.0 / unit),
        high=math.sqrt(interval.high / 8.0 / unit),
        level=level,
        method=pair.method("non-central chi-square and delta method"),
        n=pair.rows,
        detail={
            "divergence": divergence / unit,
            "expected_under_null": df * pair.noise / 8.0 / unit,
            "base": base,
            "bins": psi.bins(pair, (p * of_p + q * of_q) / 2.0 / unit),
        },
    )


def _log_ratio(p: FloatArray, r: FloatArray) -> FloatArray:
    out = np.zeros_like(p)
    some = p > 0
    out[some] = np.log(p[some] / r[some])
    return out


def _spread(p: FloatArray, slope: FloatArray) -> float:
    return max(float(np.sum(p * slope * slope)) - float(np.sum(p * slope)) ** 2, 0.0)
