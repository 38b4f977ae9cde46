"""The null that a stream falls into fixed bins as a reference did, however large or small the reference was."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, rel_entr, xlogy

from secondline.core.tables._arrays import FloatArray
from secondline.stats.monitoring.nulls import BASELINE_SHARE, required

HALVINGS = 45


@dataclass(frozen=True, slots=True)
class SharesWithin:
    """Rows fall into bins by one law, no further from the reference's shares than *tolerance* allows.

    The evidence is the likelihood of the counts averaged over shares with a Dirichlet law around the reference, over
    their largest likelihood within the null: ``E = DM(c; kappa r) / max prod theta^c`` over all theta with relative
    entropy ``K(r, theta) <= radius``. ``kappa = (bins - 1) / shift``, so that laws drawn lie about *shift* away as PSI
    counts (twice the relative entropy, near no shift); *tolerance* is a PSI too. A reference of finite size widens
    the radius to an exact confidence region. The largest likelihood lies at ``theta = (c + m r) / (n + m n_r)``, m
    found by bisection. Source: Robbins' mixture; Agrawal (2020), IEEE Transactions on Information Theory 66, for
    the region.
    """

    reference: tuple[float, ...]
    shift: float = 0.05
    tolerance: float = 0.0
    region: float = 0.0
    spent: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a reference without rows or with one bin."""
        usable = len(self.reference) > 1 and min(self.reference) >= 0 and sum(self.reference) > 0
        required(usable, "The reference needs two bins or more, counts of at least 0, and rows.")
        required(self.shift > 0.0 and self.tolerance >= 0.0, "The shift must be above 0, the tolerance at least 0.")

    @staticmethod
    def of_reference(counts: FloatArray, *, alpha: float, shift: float = 0.05, tolerance: float = 0.0) -> SharesWithin:
        """Return the null that rows fall as those a reference of these *counts* was drawn from.

        The region covers the true shares with confidence 1 - alpha/11.
        """
        held = tuple(float(c) for c in counts)
        required(len(held) > 1 and sum(held) > 0, "The reference needs two bins or more, and rows.")
        spent = alpha * BASELINE_SHARE
        return SharesWithin(held, shift, tolerance, radius(len(held), spent) / sum(held), spent)

    @property
    def size(self) -> int:
        """One count a bin."""
        return len(self.reference)

    def increment(self, counts: FloatArray) -> tuple[float, ...]:
        """Return the sums of a window: its counts by bin."""
        held = np.asarray(counts, dtype=np.float64)
        required(held.shape == (self.size,), f"The reference has {self.size} bins; got counts of {held.shape}.")
        required(bool(np.all(held >= 0)), "Counts cannot be negative.")
        return tuple(held.tolist())

    def log_e(self, sums: FloatArray) -> FloatArray:
        """Return the logarithm of the e-value of each row of *sums*."""
        reference = np.array(self.reference)
        prior = (reference + 0.5) / (reference.sum() + self.size / 2.0) * (self.size - 1) / self.shift
        n, kappa = sums.sum(axis=-1), prior.sum()
        mixed = (gammaln(sums + prior) - gammaln(prior)).sum(axis=-1) + gammaln(kappa) - gammaln(n + kappa)
        limit = self.region + self.tolerance / 2.0
        return np.asarray(mixed - _largest(sums, reference / reference.sum(), limit))

    def rows(self, sums: FloatArray) -> float:
        """Return the rows counted."""
        return float(sums.sum())


def radius(bins: int, miss: float) -> float:
    """Return R such that n K(observed shares, true shares) exceeds R with a chance of at most *miss*, for every n.

    Solves ``exp(-R) (e R / (bins - 1))^(bins - 1) = miss``. Source: Agrawal (2020), theorem 1.2.
    """
    k = bins - 1

    def short(r: float) -> float:
        return -r + k * (1.0 + math.log(r / k)) - math.log(miss)

    return float(brentq(short, float(k), 50.0 * k - 10.0 * math.log(miss)))


def _largest(counts: FloatArray, reference: FloatArray, limit: float) -> FloatArray:
    """Return, for each row of *counts*, the largest log likelihood over laws within *limit* of the *reference*."""
    if limit <= 0.0:
        return _likelihood(counts, reference)
    n = counts.sum(axis=-1, keepdims=True)
    own = np.where(n > 0, counts / np.where(n > 0, n, 1.0), reference)
    outside, inside = np.zeros_like(n), np.ones_like(n)
    for _ in range(HALVINGS):
        pull = (outside + inside) / 2.0
        far = rel_entr(reference, own + pull * (reference - own)).sum(axis=-1, keepdims=True) > limit
        outside, inside = np.where(far, pull, outside), np.where(far, inside, pull)
    # A law just outside the null has the larger likelihood: on the safe side.
    return _likelihood(counts, own + outside * (reference - own))


def _likelihood(counts: FloatArray, law: FloatArray) -> FloatArray:
    return np.asarray(xlogy(counts, law).sum(axis=-1))
