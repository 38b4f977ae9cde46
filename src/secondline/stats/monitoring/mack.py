"""Mack's chain ladder: projected ultimates of amounts by period, without a law for them."""

from __future__ import annotations

import math

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals


def reserve(triangle: FloatArray, *, level: float = 0.95) -> Measured:
    """Amount still to come of all periods, from a triangle of cumulative amounts (NaN where not known yet).

    Development factors ``f_k = sum C_(k+1) / sum C_k``, their variances ``s2_k = sum C_k (C_(k+1)/C_k - f_k)^2 / (n -
    k - 1)`` and, for the last, ``min(s2^2_(K-2) / s2_(K-3), s2_(K-3), s2_(K-2))``. The mean squared error of a period
    is ``U^2 sum s2_k / f_k^2 (1 / C_k + 1 / sum C_k)``; the total's adds their covariances. The interval is lognormal,
    as Mack proposes. Nothing is added beyond the last column: state a tail elsewhere. ``detail`` has factors, ultimates
    and standard errors by period. Undefined for fewer than three periods, or where a factor has nothing to rest on.
    Source: Mack (1993), ASTIN Bulletin 23, 213.
    """
    c = np.array(triangle, dtype=np.float64)
    if c.ndim != 2 or c.shape[0] != c.shape[1]:  # noqa: PLR2004 - a triangle is a square half full
        raise SpecError(f"A triangle has as many periods as columns; got {c.shape}.")
    n = len(c)
    if n < 3:  # noqa: PLR2004 - a spread of factors needs three periods
        return Undefined(because="fewer than three periods show no spread of factors", n=n, needed="three periods")
    base = np.array([c[: n - k - 1, k].sum() for k in range(n - 1)])
    if not np.all(base > 0) or np.any(~np.isfinite(c[np.add.outer(range(n), range(n)) < n])):
        return Undefined(because="a column of the triangle is empty or not known", n=n, needed="amounts above 0")
    f = np.array([c[: n - k - 1, k + 1].sum() / base[k] for k in range(n - 1)])
    s2 = _spreads(c, f)
    for i in range(1, n):
        for k in range(n - i - 1, n - 1):
            c[i, k + 1] = c[i, k] * f[k]
    latest = np.array([c[i, n - 1 - i] for i in range(n)])
    left, final = c[:, -1] - latest, c[:, -1]
    errors = [_error(c, f, s2, base, i) for i in range(n)]
    shared = [2.0 * s2[n - 1 - i :] / f[n - 1 - i :] ** 2 / base[n - 1 - i :] for i in range(n)]
    total = sum(errors) + sum(float(final[i] * final[i + 1 :].sum() * shared[i].sum()) for i in range(n))
    value, se = float(left.sum()), math.sqrt(total)
    spread = math.log1p((se / value) ** 2) if value > 0 else 0.0
    middle, reach = value * math.exp(-spread / 2.0), intervals.z_of(level) * math.sqrt(spread)
    return Estimate(
        value=value,
        low=middle * math.exp(-reach),
        high=middle * math.exp(reach),
        level=level,
        method="chain ladder, Mack, lognormal",
        n=n,
        detail={"se": se, "factors": f.tolist(), "variances": s2.tolist(), "ultimate": final.tolist(),
                "reserve": left.tolist(), "se_by_period": [math.sqrt(e) for e in errors]},
    )  # fmt: skip


def _spreads(c: FloatArray, f: FloatArray) -> FloatArray:
    n = len(c)
    s2 = np.zeros(n - 1)
    for k in range(n - 2):
        before, after = c[: n - k - 1, k], c[: n - k - 1, k + 1]
        use = before > 0
        s2[k] = float((before[use] * (after[use] / before[use] - f[k]) ** 2).sum()) / (n - k - 2)
    guess = s2[n - 3] ** 2 / s2[n - 4] if n > 3 and s2[n - 4] > 0 else s2[n - 3]  # noqa: PLR2004 - the last two
    s2[n - 2] = min(guess, s2[n - 3], s2[n - 4] if n > 3 else s2[n - 3])  # noqa: PLR2004 - the last two
    return s2


def _error(c: FloatArray, f: FloatArray, s2: FloatArray, base: FloatArray, i: int) -> float:
    k = np.arange(len(c) - 1 - i, len(c) - 1)
    own = np.where(c[i, k] > 0, c[i, k], np.inf)
    return float(c[i, -1] ** 2 * (s2[k] / f[k] ** 2 * (1.0 / own + 1.0 / base[k])).sum())
