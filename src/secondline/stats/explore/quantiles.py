"""Quantiles read from a sample of rows, with the interval the sample leaves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from secondline.core.tables import Sample
from secondline.core.tables._arrays import FloatArray

SHOWN = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile: ``p`` of the finite values are at or below ``value``. Exact where ``low`` is ``high``."""

    p: float
    value: float
    low: float
    high: float


def quantiles(sample: Sample, column: str, *, level: float = 0.95, at: tuple[float, ...] = SHOWN) -> list[Quantile]:
    """Return quantiles of the finite values of *column*: the smallest value that p of them do not exceed.

    A sample that holds every row gives them exactly. Else the ends are the order statistics whose ranks hold a
    binomial (n, p) count with probability *level* at least: no distribution is assumed. Empty without finite values.
    Source: David and Nagaraja (2003), Order Statistics, 7.1.
    """
    values = np.sort(sample.finite(column))
    if not len(values):
        return []
    return [_one(values, p, level, exact=sample.size >= sample.total) for p in at]


def _one(values: FloatArray, p: float, level: float, *, exact: bool) -> Quantile:
    n = len(values)
    value = float(np.quantile(values, p, method="inverted_cdf"))
    if exact:
        return Quantile(p, value, value, value)
    tail = (1 - level) / 2
    below, above = int(binom.ppf(tail, n, p)), int(binom.ppf(1 - tail, n, p)) + 1
    low, high = (float(values[min(max(rank - 1, 0), n - 1)]) for rank in (below, above))
    return Quantile(p, value, min(low, value), max(high, value))
