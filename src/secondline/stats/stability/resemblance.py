"""Tests that two populations have the same shares, or resemble each other within a tolerance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Histogram
from secondline.core.tables._arrays import FloatArray, floats
from secondline.stats import power
from secondline.stats.stability import pairs
from secondline.stats.stability.noise import noncentrality_interval
from secondline.stats.stability.pairs import FEW, Pair


@dataclass(frozen=True, slots=True)
class _Test:
    """A Pearson chi-square of two samples, thin cells pooled."""

    value: float
    g: float
    df: int
    pooled: int


def chi_square(reference: Histogram, current: Histogram, *, level: float = 0.95) -> Measured:
    """Two-sample chi-square test over bins, with Cramer's V as the size of the difference.

    H0: both are samples of one population. Pearson's statistic of the two-row table (the reference is a sample too,
    so the one-sample form would be inflated by 1 + m/n), chi-square with B - 1 degrees of freedom; cells that
    expect fewer than five rows in the smaller population are first pooled into one. The value is V with Bergsma's
    bias correction, between 0 (equal shares) and 1; its interval inverts the non-central chi-square. ``mde`` is the
    smallest V found with 80 % power. V depends on how unequal the sizes are. ``detail`` has Pearson's and the
    likelihood-ratio (G) statistic. Weighted rows enter with Kish's effective sizes. Undefined without rows or with
    a single cell. Sources: Agresti (2013), Categorical Data Analysis, 3.2; Bergsma (2013), J. Korean Statistical
    Society 42.
    """
    tested = _tested(reference, current)
    if isinstance(tested, Undefined):
        return tested
    pair, test = tested
    total = pair.n + pair.m
    low, high = noncentrality_interval(test.value, test.df, level)
    return Estimate(
        value=cramers_v(test.value, test.df, total),
        low=min(math.sqrt(low / total), 1.0),
        high=min(math.sqrt(high / total), 1.0),
        level=level,
        method=pair.method("non-central chi-square"),
        n=pair.rows,
        p_value=float(chi2.sf(test.value, test.df)),
        mde=min(math.sqrt(power.chi_square_noncentrality(test.df, alpha=1.0 - level) / total), 1.0),
        mde_unit="V",
        detail={"chi_square": test.value, "g": test.g, "df": test.df, "cells_pooled": test.pooled},
    )


def resemblance(reference: Histogram, current: Histogram, *, level: float = 0.95, tolerance: float = 0.1) -> Measured:
    """Population resemblance: is the difference of shares within what is tolerated?

    The difference of the populations is ``sum (q - p)^2 / r`` over bins, r the shares of both taken as one; for
    small shifts it is the PSI. H0: it is at most *tolerance*. Pearson's two-sample statistic is then at most
    non-central chi-square with B - 1 degrees of freedom and non-centrality tolerance / (1/n + 1/m): equality is not
    asked, so many rows alone raise no alarm. The value is the difference less its noise, not below 0; the interval
    inverts the non-central chi-square. Thin cells are pooled as in ``chi_square``. ``mde`` is the smallest
    difference found, against that tolerance, with 80 % power. Weighted rows enter with Kish's effective sizes.
    Undefined without rows or with a single cell. Source: after Potgieter, van Zyl, Schutte and Lombard (2025), The
    Population Resemblance Statistic, arXiv 2307.11878, with both samples random.
    """
    tested = _tested(reference, current)
    if isinstance(tested, Undefined):
        return tested
    pair, test = tested
    low, high = noncentrality_interval(test.value, test.df, level)
    centre = tolerance / pair.noise
    return Estimate(
        value=max(test.value - test.df, 0.0) * pair.noise,
        low=low * pair.noise,
        high=high * pair.noise,
        level=level,
        method=pair.method("non-central chi-square"),
        n=pair.rows,
        p_value=float(ncx2.sf(test.value, test.df, centre)),
        mde=_beyond(test.df, centre, 1.0 - level) * pair.noise,
        mde_unit="sum of squared relative shifts",
        detail={"tolerance": tolerance, "df": test.df, "cells_pooled": test.pooled},
    )


def cramers_v(value: float, df: int, total: float) -> float:
    """Return Bergsma's bias-corrected V of a two-row table with df + 1 columns; Pearson's *value* on *total* rows."""
    if total <= 2.0:  # noqa: PLR2004 - the correction itself divides by total - 1 and subtracts it from one
        return 0.0
    corrected = max(value / total - df / (total - 1.0), 0.0)
    rows, columns = 2.0 - 1.0 / (total - 1.0), df + 1.0 - df * df / (total - 1.0)
    smaller = min(rows, columns) - 1.0
    return min(math.sqrt(corrected / smaller), 1.0) if smaller > 0 else 0.0


def _tested(reference: Histogram, current: Histogram) -> tuple[Pair, _Test] | Undefined:
    pair = pairs.of(reference, current)
    if isinstance(pair, Undefined):
        return pair
    if (alone := pairs.one_cell(pair)) is not None:
        return alone
    group = _pooling(pair)
    p, q, r = (floats(np.bincount(group, weights=shares)) for shares in (pair.p, pair.q, pair.pooled))
    if len(r) == 1:
        because = f"all bins but one expect fewer than {FEW:g} rows in the smaller population"
        return Undefined(because=because, n=pair.rows, needed="more rows")
    value = math.fsum((q - p) ** 2 / r) / pair.noise
    g = 2.0 * (pair.n * _divergence(p, r) + pair.m * _divergence(q, r))
    return pair, _Test(value, g, len(r) - 1, pair.cells - len(r))


def _pooling(pair: Pair) -> npt.NDArray[np.int64]:
    """Return the group of each cell: thin ones share one, joined by the thinnest others until it is not thin.

    It looks at the pooled shares only, so the test keeps its level.
    """
    expected = pair.pooled * min(pair.n, pair.m)
    order = np.argsort(expected, kind="stable")
    thin = int((expected < FEW).sum())
    while 0 < thin < pair.cells and expected[order[:thin]].sum() < FEW:
        thin += 1
    group = np.empty(pair.cells, dtype=np.int64)
    group[order] = np.maximum(np.arange(pair.cells) - max(thin - 1, 0), 0)
    return group


def _divergence(p: FloatArray, r: FloatArray) -> float:
    some = p > 0
    return math.fsum(p[some] * np.log(p[some] / r[some]))


@cache
def _beyond(df: int, tolerated: float, alpha: float) -> float:
    """Return the non-centrality that is told, with 80 % power, from being at most *tolerated*."""
    critical = float(ncx2.isf(alpha, df, tolerated))

    def short(parameter: float) -> float:
        return float(ncx2.sf(critical, df, parameter)) - 0.8

    return float(brentq(short, tolerated, critical + 10.0 * math.sqrt(2.0 * df + 4.0 * critical) + 100.0))
