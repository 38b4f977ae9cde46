"""Quantiles with intervals between order statistics: no form of the distribution is assumed."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray


def quantile(values: FloatArray, share: float, level: float, of: str, what: str) -> Measured:
    """The value that *share* of the rows keep: the k-th smallest of n with ``k = ceil(n x share)``.

    The ends are order statistics chosen from the binomial. *of* and *what* name a row and the values in messages.
    Values that are no number are left out. Undefined where n is too small for an upper end. Source: Conover (1999),
    Practical Nonparametric Statistics, 3.2.
    """
    held = np.sort(values[np.isfinite(values)])
    n, tail = len(held), (1 - level) / 2
    if not n:
        return Undefined(because=f"no {of} has {what}", n=0, needed=what)
    below = bdtr(np.arange(n + 1), n, share)
    low, high = int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail)) + 1
    if high > n:
        return Undefined(because=f"{n:,} {what} are too few for the {share:.1%} point", n=n,
                         needed=f"about {np.ceil(np.log(tail) / np.log(share)):,.0f} {what}")  # fmt: skip
    value = float(held[min(int(np.ceil(n * share)), n) - 1])
    points = {f"p{100 * q:g}": float(np.quantile(held, q, method="inverted_cdf")) for q in (0.5, 0.95, 0.99, 0.999)}
    return Estimate(
        value=value, low=float(held[max(low - 1, 0)]), high=float(held[high - 1]), level=level,
        method="order statistics", n=n, detail={"quantiles": points, "greatest": float(held[-1])},
    )  # fmt: skip
