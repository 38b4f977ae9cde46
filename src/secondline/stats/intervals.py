"""Intervals for rates, counts, differences and ratios.

All are two-sided at confidence ``level`` with equal tails. Counts may be fractional: give weighted data as Kish's
effective counts (`weights.effective_counts`). No rows means no knowledge: a rate without rows lies in [0, 1].
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import betaincinv, gammaincinv, ndtri


class Interval(NamedTuple):
    """The lower and upper end of an interval."""

    low: float
    high: float

    def widened(self, by: float, floor: float = -math.inf, ceiling: float = math.inf) -> Interval:
        """Return the interval with a numerical error of *by* on either side taken in, within what is possible."""
        return Interval(max(self.low - by, floor), min(self.high + by, ceiling))


def z_of(level: float) -> float:
    """Return the normal quantile of a two-sided interval at *level*: 1.96 for 0.95."""
    return float(ndtri((1.0 + level) / 2.0))


def normal(value: float, se: float, level: float = 0.95) -> Interval:
    """Return Wald's ``value +- z se``: for estimates whose scale has no edge nearby."""
    reach = z_of(level) * se
    return Interval(value - reach, value + reach)


def logit_normal(value: float, se: float, level: float = 0.95) -> Interval:
    """Return the interval of a share that is normal on the logit scale: it stays within (0, 1).

    ``logit(v) +- z se / (v (1 - v))``, the delta method; *value* must lie strictly between 0 and 1. Source: Pepe
    (2003), The Statistical Evaluation of Medical Tests for Classification and Prediction, 5.2.5.
    """
    middle = math.log(value / (1.0 - value))
    reach = z_of(level) * se / (value * (1.0 - value))
    return Interval(_expit(middle - reach), _expit(middle + reach))


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(max(x, -745.0)) / (1.0 + math.exp(max(x, -745.0)))


def wilson(events: float, n: float, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a rate: near nominal on average, right at 0 and n.

    Source: Wilson (1927), JASA 22; Newcombe (1998), Statistics in Medicine 17, 857, method 3.

    >>> [round(x, 4) for x in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    z2 = z_of(level) ** 2
    middle = (events + z2 / 2) / (n + z2)
    spread = math.sqrt(z2) / (n + z2) * math.sqrt(_spread(events, n) + z2 / 4)
    low = 0.0 if events <= 0 else max(middle - spread, 0.0)
    high = 1.0 if events >= n else min(middle + spread, 1.0)
    return Interval(low, high)


def _spread(events: float, n: float) -> float:
    return max(events * (n - events) / n, 0.0) if n > 0 else 0.0


def jeffreys(events: float, n: float, level: float = 0.95) -> Interval:
    """Return Jeffreys' interval of a rate: quantiles of Beta(x + 1/2, n - x + 1/2); 0 at x = 0 and 1 at x = n.

    Source: Brown, Cai and DasGupta (2001), Statistical Science 16, 101.
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if events <= 0 else float(betaincinv(events + 0.5, n - events + 0.5, tail))
    high = 1.0 if events >= n else float(betaincinv(events + 0.5, n - events + 0.5, 1.0 - tail))
    return Interval(low, high)


def clopper_pearson(events: float, n: float, level: float = 0.95) -> Interval:
    """Return the exact interval of a rate: it covers at least *level* always, and so is wide.

    Source: Clopper and Pearson (1934), Biometrika 26.

    >>> [round(x, 4) for x in clopper_pearson(0, 20)]
    [0.0, 0.1684]
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if events <= 0 else float(betaincinv(events, n - events + 1.0, tail))
    high = 1.0 if events >= n else float(betaincinv(events + 1.0, n - events, 1.0 - tail))
    return Interval(low, high)


def newcombe(events1: float, n1: float, events2: float, n2: float, level: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two independent rates, first minus second.

    Two Wilson intervals combined. Source: Newcombe (1998), Statistics in Medicine 17, 873, method 10.

    >>> [round(x, 4) for x in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    if n1 <= 0 or n2 <= 0:
        return Interval(-1.0, 1.0)
    p1, p2 = events1 / n1, events2 / n2
    one, two = wilson(events1, n1, level), wilson(events2, n2, level)
    down = math.hypot(p1 - one.low, two.high - p2)
    up = math.hypot(one.high - p1, p2 - two.low)
    return Interval(max(p1 - p2 - down, -1.0), min(p1 - p2 + up, 1.0))


def katz(events1: float, n1: float, events2: float, n2: float, level: float = 0.95) -> Interval:
    """Return the interval of the ratio of two independent rates, first over second, normal on the log scale.

    Standard error ``sqrt(1/x1 - 1/n1 + 1/x2 - 1/n2)``. A count of 0 or n is moved half a row inside, so that certainty
    is never claimed; the low end is 0 when the first count is 0, the high end infinite when the second is 0. Source:
    Katz et al. (1978), Biometrics 34, 469.
    """
    if n1 <= 0 or n2 <= 0:
        return Interval(0.0, math.inf)
    x1, x2 = _inside(events1, n1), _inside(events2, n2)
    middle = math.log(x1 / n1) - math.log(x2 / n2)
    reach = z_of(level) * math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
    low = 0.0 if events1 <= 0 else math.exp(middle - reach)
    return Interval(low, math.inf if events2 <= 0 else math.exp(middle + reach))


def _inside(events: float, n: float) -> float:
    edge = min(0.5, n / 2)
    return edge if events <= 0 else n - edge if events >= n else events


def poisson(events: float, level: float = 0.95) -> Interval:
    """Return the exact interval of a Poisson mean from one count; divide by the exposure for a rate.

    Source: Garwood (1936), Biometrika 28.

    >>> [round(x, 3) for x in poisson(10)]
    [4.795, 18.39]
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if events <= 0 else float(gammaincinv(events, tail))
    return Interval(low, float(gammaincinv(events + 1.0, 1.0 - tail)))
