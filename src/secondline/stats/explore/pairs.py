"""Pairs: how strongly two columns go together, on the rows of a sample where both are known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps
from scipy.special import stdtr

from secondline.core.tables import Sample
from secondline.core.tables._arrays import FloatArray
from secondline.stats.intervals import Interval, z_of

Codes = npt.NDArray[np.int64]
LEVELS = 30
"""Levels of a category that are told apart; rarer ones are pooled."""
WIDE, WIDE_ROWS = 60, 20_000
FEW = 40
LEAST = 10
"""Rows both columns must share for a number to be given."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The association of two columns.

    ``kind`` is ``rank`` (Spearman's rho, with Pearson's r in ``linear``), ``levels`` (Cramer's V) or ``mixed`` (the
    correlation ratio of a number on a category's levels); the last two are corrected for bias and never negative.
    ``low`` and ``high`` bound rho; ``p_value`` is of the hypothesis of no association; ``n`` the rows both are known.
    """

    a: str
    b: str
    kind: str
    value: float
    n: int
    p_value: float
    low: float | None = None
    high: float | None = None
    linear: float | None = None


def associations(sample: Sample, numbers: Sequence[str], categories: Sequence[str]) -> list[Pair]:
    """Return the association of every pair of columns that can have one, strongest first.

    Constant columns and pairs with fewer than ten shared rows are left out. Of more than sixty columns the first 20,000
    rows of the sample are used.
    """
    rows = sample.first(WIDE_ROWS) if len(numbers) + len(categories) > WIDE else sample
    codes = {c: coded(rows.columns[c]) for c in categories}
    found = [*_ranked(rows, numbers), *_levelled(codes), *_mixed(rows, numbers, codes)]
    return sorted(found, key=lambda pair: (-abs(pair.value), pair.a, pair.b))


def _ranked(rows: Sample, columns: Sequence[str]) -> list[Pair]:
    columns = [c for c in columns if len(rows.finite(c)) >= LEAST]
    if len(columns) < 2:  # noqa: PLR2004 - a pair
        return []
    values = np.column_stack([rows.columns[c] for c in columns]).astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    ranks = np.column_stack([_ranks(values[:, j]) for j in range(values.shape[1])])
    n, linear = correlation(values)
    _, rank = correlation(ranks)
    gaps: npt.NDArray[np.bool_] = np.asarray(np.isnan(values).any(axis=0))
    pairs = []
    for i, j in combinations(range(len(columns)), 2):
        if n[i, j] < LEAST or not math.isfinite(rank[i, j]):
            continue
        # Ranks over all known values are ranks over the shared ones only where nothing is missing.
        rho = _shared(values[:, i], values[:, j]) if gaps[i] or gaps[j] else float(rank[i, j])
        if rho is not None:
            pairs.append(_rank_pair(columns[i], columns[j], rho, float(linear[i, j]), int(n[i, j])))
    return pairs


def _ranks(column: FloatArray) -> FloatArray:
    known = np.isfinite(column)
    ranks = np.full(len(column), np.nan)
    ranks[known] = sps.rankdata(column[known])
    return ranks


def _shared(a: FloatArray, b: FloatArray) -> float | None:
    both = np.isfinite(a) & np.isfinite(b)
    _, found = correlation(np.column_stack([sps.rankdata(a[both]), sps.rankdata(b[both])]))
    return float(found[0, 1]) if math.isfinite(found[0, 1]) else None


def correlation(values: FloatArray) -> tuple[npt.NDArray[np.int64], FloatArray]:
    """Return the shared rows and Pearson's r of every pair of columns, NaN counting as missing and r NaN if constant.

    Each pair's means and spreads are over its shared rows, as pandas' ``corr`` has them.
    """
    # Squares of the largest doubles overflow, so each column is first brought to 1.
    values = values / np.maximum(np.nanmax(np.abs(values), axis=0), 1e-300)
    centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        z = (values - centre) / np.where(scale > 0, scale, 1.0)
        known = np.isfinite(z)
        if known.all():
            # One product instead of four, and no corrections for gaps.
            n = np.full((z.shape[1], z.shape[1]), float(len(z)))
            product, spread = _products(z, z), np.where(scale > 0, n, 0.0)
        else:
            z, gaps = np.where(known, z, 0.0), known.astype(np.float64)
            n, sums = _products(gaps, gaps), _products(z, gaps)
            spread, product = _products(z * z, gaps) - sums * sums / n, _products(z, z) - sums * sums.T / n
        other = spread.T
        varies = (spread > 1e-12 * n) & (other > 1e-12 * n)
        r = np.where(varies, product / np.sqrt(np.maximum(spread * other, 0)), np.nan)
    return n.astype(np.int64), np.clip(r, -1.0, 1.0)


def _products(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the sums of products of every column of *a* with every column of *b*."""
    if a.shape[1] > FEW:
        return np.asarray(a.T @ b)
    # The threads of a matrix library take longer to start and stop than a few columns take to sum.
    return np.asarray(np.einsum("ji,ki->jk", np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)))


def _rank_pair(a: str, b: str, rho: float, linear: float, n: int) -> Pair:
    low, high = rank_interval(rho, n)
    # The bare function: tens of thousands of pairs do not wait for a distribution object.
    p = 2.0 * float(stdtr(n - 2, -_t(rho, n))) if abs(rho) < 1 else 0.0
    return Pair(a, b, "rank", rho, n, p, low, high, linear if math.isfinite(linear) else None)


def _t(rho: float, n: int) -> float:
    return abs(rho) * math.sqrt((n - 2) / (1 - rho * rho))


def rank_interval(rho: float, n: int, level: float = 0.95) -> Interval:
    """Return the interval of Spearman's rho: Fisher's z with the standard error ``sqrt((1 + rho^2 / 2) / (n - 3))``.

    Source: Bonett and Wright (2000), Psychometrika 65, 23.
    """
    if abs(rho) >= 1.0:
        return Interval(rho, rho)
    middle, reach = math.atanh(rho), z_of(level) * math.sqrt((1 + rho * rho / 2) / (n - 3))
    return Interval(math.tanh(middle - reach), math.tanh(middle + reach))


def coded(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return each text's level as a number, by frequency; the rarest beyond thirty share one and missing is -1."""
    texts = values.tolist()
    counts = Counter(texts)
    counts.pop(None, None)
    order = sorted(counts, key=lambda name: (-counts[name], name))
    code: dict[Any, int] = {name: min(i, LEVELS) for i, name in enumerate(order)}
    return np.array(list(map({None: -1, **code}.__getitem__, texts)), dtype=np.int64)


def _levelled(codes: Mapping[str, Codes]) -> list[Pair]:
    pairs = []
    for a, b in combinations(codes, 2):
        both = (codes[a] >= 0) & (codes[b] >= 0)
        table = np.zeros((LEVELS + 1, LEVELS + 1))
        np.add.at(table, (codes[a][both], codes[b][both]), 1)
        if (found := cramer(table)) is not None:
            value, p = found
            pairs.append(Pair(a, b, "levels", value, int(both.sum()), p))
    return pairs


def cramer(table: FloatArray) -> tuple[float, float] | None:
    """Return Cramer's V corrected for bias, and the p-value of Pearson's chi-square; None where a side has one level.

    The root of ``max(0, chi2 / n - (r - 1)(c - 1) / (n - 1))`` over ``min(r', c') - 1``, where ``r'`` is
    ``r - (r - 1)^2 / (n - 1)`` and ``c'`` likewise: without association V is near 0 whatever the number of levels.
    Source: Bergsma (2013), J. Korean Stat. Soc. 42, 323.
    """
    filled = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, (r, c) = float(filled.sum()), filled.shape
    if min(r, c) < 2 or n < LEAST:  # noqa: PLR2004 - one level does not vary
        return None
    expected = np.outer(filled.sum(axis=1), filled.sum(axis=0)) / n
    chi2 = float(((filled - expected) ** 2 / expected).sum())
    phi2 = max(0.0, chi2 / n - (r - 1) * (c - 1) / (n - 1))
    room = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    value = math.sqrt(phi2 / room) if room > 0 else 0.0
    return min(value, 1.0), float(sps.chi2.sf(chi2, (r - 1) * (c - 1)))


def _mixed(rows: Sample, numbers: Sequence[str], codes: Mapping[str, Codes]) -> list[Pair]:
    pairs = []
    for category, code in codes.items():
        for number in numbers:
            if (found := correlation_ratio(np.asarray(rows.columns[number], dtype=np.float64), code)) is not None:
                value, p, n = found
                pairs.append(Pair(number, category, "mixed", value, n, p))
    return pairs


def correlation_ratio(values: FloatArray, code: npt.NDArray[np.int64]) -> tuple[float, float, int] | None:
    """Return the correlation ratio of a number on the levels of a category, corrected for bias; p-value and rows.

    ``eta2 = between / total``; the value is the root of ``max(0, 1 - (1 - eta2)(n - 1) / (n - k))`` (Kelley's epsilon
    squared), near 0 without association. The p-value is of the F test of equal means. None when the number or the
    category does not vary, or fewer than ten rows have both. Source: Kelley (1935), PNAS 21, 554.
    """
    keep = np.isfinite(values) & (code >= 0)
    x, place = values[keep], code[keep]
    n = len(x)
    if n < LEAST:
        return None
    x = x / max(float(np.abs(x).max()), 1e-300)
    scale = float(x.std())
    if scale <= 1e-12 * max(abs(float(x.mean())), 1e-300):
        return None
    x = (x - x.mean()) / scale
    count = np.bincount(place)
    sums = np.bincount(place, weights=x)[count > 0]
    k = int((count > 0).sum())
    if k < 2 or n <= k:  # noqa: PLR2004 - one level does not vary
        return None
    eta2 = min(float((sums * sums / count[count > 0]).sum()) / n, 1.0)
    rest = (1 - eta2) / (n - k)
    p = float(sps.f.sf(eta2 / (k - 1) / rest, k - 1, n - k)) if rest > 0 else 0.0
    return math.sqrt(max(0.0, 1 - rest * (n - 1))), p, n
