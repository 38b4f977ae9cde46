"""The sampling distribution that squared differences of shares have in common: a scaled non-central chi-square."""

from __future__ import annotations

import math

from scipy.special import chndtr, chndtrinc

from secondline.stats.intervals import Interval


def noncentrality_interval(value: float, df: float, level: float) -> Interval:
    """Return the interval of the non-centrality behind a chi-square *value*, by inversion; equal tails."""
    tail = (1.0 - level) / 2.0
    return Interval(*(_noncentrality(value, df, below) for below in (1.0 - tail, tail)))


def _noncentrality(value: float, df: float, below: float) -> float:
    # Where even no shift leaves less below the value, there is no root and the end is 0.
    return float(chndtrinc(value, df, below)) if chndtr(value, df, 0.0) > below else 0.0


def interval(value: float, df: int, noise: float, variance: float, level: float) -> Interval:
    """Return the interval of a difference whose estimate is nearly *noise* times a non-central chi-square.

    Inversion is right where little has moved. Where much has, its variance ``4 value noise`` is not the delta method's
    *variance*: the interval is stretched about the estimate by the root of their ratio, where that is above 1. A value
    below its expectation ``df noise`` counts as the expectation, so that luck is no precision.
    """
    counted = max(value, df * noise)
    centre = counted - df * noise
    found = noncentrality_interval(counted / noise, df, level)
    stretch = math.sqrt(max(variance / (4.0 * counted * noise), 1.0))
    return Interval(
        max(centre - stretch * (centre - found.low * noise), 0.0), centre + stretch * (found.high * noise - centre)
    )
