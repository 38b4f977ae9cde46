"""Pairs: two answers to one case, or to two cases that should be answered alike. Exact tests and honest intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import binom

from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.clusters import Floats, t_of
from secondline.stats.genai.labelled import design_effect
from secondline.stats.genai.rows import Codes, codes, items, totals
from secondline.stats.intervals import Interval, z_of


def mcnemar(only_a: float, only_b: float, *, mid: bool = False) -> float:
    """Return McNemar's exact p-value that a case passes in A as often as in B, from the pairs that differ.

    ``p = 2 P(Bin(b + c, 1/2) <= min(b, c))``, at most 1; with *mid* less the chance of the count seen (mid-p, less
    conservative). 1 without a pair that differs. Source: McNemar (1947), Psychometrika 12; Fagerland, Lydersen and
    Laake (2013), BMC Medical Research Methodology 13, for mid-p.

    >>> round(mcnemar(6, 16), 4), round(mcnemar(6, 16, mid=True), 4)
    (0.0525, 0.0347)
    """
    n, least = only_a + only_b, min(only_a, only_b)
    if n <= 0:
        return 1.0
    p = 2.0 * float(binom.cdf(least, n, 0.5))
    return min(p - float(binom.pmf(least, n, 0.5)) if mid else p, 1.0)


def newcombe_paired(both: float, only_a: float, only_b: float, neither: float, level: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two paired rates, A minus B.

    Two Wilson intervals combined, with the correlation of the pairs (phi, corrected for continuity where positive).
    Counts may be fractional. Source: Newcombe (1998), Statistics in Medicine 17, 2635, method 10.
    """
    n = both + only_a + only_b + neither
    if n <= 0:
        return Interval(-1.0, 1.0)
    one, two = intervals.wilson(both + only_a, n, level), intervals.wilson(both + only_b, n, level)
    p1, p2 = (both + only_a) / n, (both + only_b) / n
    phi = _phi(both, only_a, only_b, neither)
    difference = (only_a - only_b) / n
    below1, above1, below2, above2 = p1 - one.low, one.high - p1, p2 - two.low, two.high - p2
    down = math.sqrt(max(below1**2 - 2 * phi * below1 * above2 + above2**2, 0.0))
    up = math.sqrt(max(above1**2 - 2 * phi * above1 * below2 + below2**2, 0.0))
    return Interval(max(difference - down, -1.0), min(difference + up, 1.0))


def _phi(both: float, only_a: float, only_b: float, neither: float) -> float:
    n = both + only_a + only_b + neither
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins <= 0:
        return 0.0
    cross = both * neither - only_a * only_b
    if cross > 0:
        cross = max(cross - n / 2, 0.0)
    return cross / math.sqrt(margins)


def tango(only_a: float, only_b: float, n: float, level: float = 0.95) -> Interval:
    """Return Tango's score interval of the difference of two paired rates, A minus B, of *n* pairs.

    The differences d at which ``(b - c - n d) / sqrt(n (2 q + d (1 - d)))`` is within the normal quantile, with q the
    maximum likelihood share of only-B pairs given d. Source: Tango (1998), Statistics in Medicine 17, 891.
    """
    if n <= 0:
        return Interval(-1.0, 1.0)
    z, seen = z_of(level), (only_a - only_b) / n

    def score(d: float) -> float:
        a, b = 2 * n, -only_a - only_b + (2 * n - only_a + only_b) * d
        q = (math.sqrt(max(b * b - 4 * a * (-only_b * d * (1 - d)), 0.0)) - b) / (2 * a)
        spread = n * (2 * q + d * (1 - d))
        gap = only_a - only_b - n * d
        return gap / math.sqrt(spread) if spread > 0 else math.copysign(math.inf, gap) if gap else 0.0

    tiny = 1e-12
    low = -1.0 if seen <= -1 or score(-1 + tiny) < z else _root(lambda d: min(score(d), 1e9) - z, -1 + tiny, seen)
    high = 1.0 if seen >= 1 or score(1 - tiny) > -z else _root(lambda d: max(score(d), -1e9) + z, seen, 1 - tiny)
    return Interval(low, high)


def _root(gap: Any, low: float, high: float) -> float:
    if gap(low) * gap(high) > 0:
        return low if abs(gap(low)) < abs(gap(high)) else high
    return float(brentq(gap, low, high, xtol=1e-12))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two means a pair (item means over replicates) and the cluster of the pair, in the order of their names."""

    name: npt.NDArray[Any]
    a: Floats
    b: Floats
    cluster: Codes

    def __len__(self) -> int:
        return len(self.a)

    @property
    def binary(self) -> bool:
        """Whether every mean is 0 or 1."""
        return bool(np.isin(self.a, (0.0, 1.0)).all() and np.isin(self.b, (0.0, 1.0)).all())

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    @property
    def table(self) -> tuple[float, float, float, float]:
        """Both passed, only A, only B, neither; a mean above one half has passed."""
        a, b = self.a > 0.5, self.b > 0.5  # noqa: PLR2004 - most replicates
        return float((a & b).sum()), float((a & ~b).sum()), float((b & ~a).sum()), float((~a & ~b).sum())

    def where(self, mask: npt.NDArray[np.bool_]) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.name[mask], self.a[mask], self.b[mask], codes(self.cluster[mask]))


def of_cases(a: Graded, b: Graded, column: str = "verdict") -> Pairs:
    """Return the cases that both sides answered, with the cluster they have in *a*."""
    one, two = items(a, column), items(b, column)
    names, mine, theirs = np.intersect1d(one.case.astype(str), two.case.astype(str), return_indices=True)
    return Pairs(names.astype(object), one.mean[mine], two.mean[theirs], codes(one.cluster[mine]))


def of_sides(graded: Graded, column: str = "verdict", sides: Sequence[Sequence[str]] | None = None) -> Pairs:
    """Return the pairs that cases of one suite form: A is the first side in alphabetical order, such as `a`, `attack`.

    Sides with several cases, or a pair of more than two sides, count by their means; a pair with one side is left out.
    *sides* names those of A and those of B instead; others are left out.
    """
    values, side = graded.number(column), graded["side"].astype(str)
    used = np.isfinite(values) & (graded["pair"].astype(str) != "")
    if sides is not None:
        used &= np.isin(side, [name for names in sides for name in names])
    kept = graded.where(used)
    names, place = np.unique(kept["pair"].astype(str), return_inverse=True)
    order = codes(kept["side"])
    firsts = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(firsts, place, order)
    mine = order == firsts[place] if len(names) else np.zeros(0, dtype=bool)
    if sides is not None:
        mine = np.isin(kept["side"].astype(str), list(sides[0]))
    value, one = kept.number(column), np.ones(len(place))
    at = np.asarray(place, dtype=np.int64)
    a, n_a = _sums(value, mine, at, len(names)), _sums(one, mine, at, len(names))
    b, n_b = _sums(value, ~mine, at, len(names)), _sums(one, ~mine, at, len(names))
    whole = (n_a > 0) & (n_b > 0)
    first = np.unique(place, return_index=True)[1] if len(names) else np.zeros(0, dtype=np.int64)
    cluster = kept["cluster"][first].astype(str)
    # A cluster that is only the case itself says nothing about the pair: the pair is then its own cluster.
    own = cluster == kept["case"][first].astype(str)
    cluster = np.where(own, names, cluster)
    return Pairs(names[whole].astype(object), a[whole] / n_a[whole], b[whole] / n_b[whole], codes(cluster[whole]))


def _sums(value: Floats, mask: npt.NDArray[np.bool_], place: Codes, size: int) -> Floats:
    return np.asarray(np.bincount(place[mask], value[mask], size), dtype=np.float64)


def effect_of(pairs: Pairs, level: float) -> float:
    """Return the design effect of the differences within clusters of pairs; 1 for pairs that stand alone."""
    if pairs.clusters == len(pairs):
        return 1.0
    d = pairs.a - pairs.b
    return design_effect(d - d.mean(), pairs.cluster, level)


def difference_interval(pairs: Pairs, level: float) -> tuple[Interval, str]:
    """Return the interval of the mean difference, A minus B, and its method.

    Verdicts: Newcombe's paired interval, its counts divided by the design effect of the clusters. Means over replicates
    and other numbers: ``mean +- t se``, cluster-robust (CR1), C - 1 degrees of freedom; where nothing differs at all,
    as for verdicts.
    """
    d = pairs.a - pairs.b
    effect = effect_of(pairs, level)
    if pairs.binary or not d.any():
        both, only_a, only_b, neither = (count / effect for count in pairs.table)
        name = "Newcombe, paired" if effect == 1.0 else "Newcombe, paired, at the effective size of the clusters"
        return newcombe_paired(both, only_a, only_b, neither, level), name
    if pairs.clusters < 2:  # noqa: PLR2004 - a spread needs two
        return Interval(-math.inf, math.inf), "one cluster"
    n, size = len(d), pairs.clusters
    shared = float((totals(d - d.mean(), pairs.cluster) ** 2).sum()) * size / (size - 1)
    reach = t_of(level, size - 1) * math.sqrt(shared) / n
    return Interval(float(d.mean()) - reach, float(d.mean()) + reach), "cluster-robust (CR1) with Student's t"
