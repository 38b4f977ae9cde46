"""Tails: the chance that a weighted count of events is at least what was seen, when every probability is right."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtr

Floats = npt.NDArray[np.float64]
EXACT_ROWS, EXACT_VARIANCE, POINTS = 5_000, 100.0, 256
TINY = 1e-12
STEPS = 60


def upper_tail(p: Floats, label: Floats, weight: Floats) -> float:
    """Return P(sum of w Y >= sum of w y) for independent Y with P(Y = 1) = p: a one-sided p-value.

    Weights may be negative. With equal weights the sum is a count: at most 5,000 rows with a variance below 100 are
    summed exactly (the transform of the Poisson-binomial law), more by the saddlepoint with its correction for
    counts. With unequal weights Lugannani and Rice's saddlepoint is used. 1 without variance unless the sum was
    exceeded. Sources: Hong (2013), Computational Statistics and Data Analysis 59, 41; Lugannani and Rice (1980),
    Advances in Applied Probability 12, 475; Daniels (1987), International Statistical Review 55, 37.
    """
    p = np.clip(p, TINY, 1 - TINY)
    if not len(p) or not np.any(weight):
        return 1.0
    counted = bool(np.all(weight == weight[0]))
    if counted and weight[0] < 0:
        return upper_tail(1 - p, 1 - label, -weight)
    if counted:
        weight = np.ones(len(p))
    seen = float(weight @ label)
    variance = float(weight * weight * p @ (1 - p))
    if counted and len(p) <= EXACT_ROWS and variance < EXACT_VARIANCE:
        return _exact(p, round(seen))
    return _saddle(p, weight, seen, step=1.0 if counted else 0.0)


def _exact(p: Floats, seen: int) -> float:
    """Sum the law folded to 256 points around its mean, which is over twelve standard deviations away."""
    start = int(p.sum()) - POINTS // 2
    if seen <= max(start, 0):
        return 1.0
    if seen >= start + POINTS or seen > len(p):
        return 0.0 if seen > len(p) else _saddle(p, np.ones(len(p)), seen, step=1.0)
    angle = 2j * np.pi * np.arange(POINTS // 2 + 1) / POINTS
    characteristic = np.array([np.exp(np.log1p(p * np.expm1(a)).sum()) for a in angle])
    # The sign of the exponent is that of the inverse transform, so the law comes out mirrored: it is conjugated.
    law = np.fft.irfft(np.conj(characteristic), POINTS)
    counts = np.arange(seen, start + POINTS)
    return float(min(max(law[counts % POINTS].sum(), 0.0), 1.0))


def _saddle(p: Floats, w: Floats, seen: float, step: float) -> float:
    """Return Lugannani and Rice's tail; *step* is the lattice of the sum (0 for none)."""
    top, bottom = float(w[w > 0].sum()), float(w[w < 0].sum())
    if seen >= top - TINY:
        return float(math.exp(max(np.log(np.where(w > 0, p, 1 - p)).sum(), -700.0))) if seen <= top + TINY else 0.0
    at = seen - step / 2
    if at <= bottom:
        return 1.0
    s = _solve(p, w, at)
    tilted = _tilt(p, w, s)
    curvature = float((w * w * tilted) @ (1 - tilted))
    cumulant = float(np.logaddexp(np.log1p(-p), np.log(p) + s * w).sum())
    r2 = 2 * (s * at - cumulant)
    if abs(s) * math.sqrt(curvature) < 1e-4 or r2 <= 0:  # noqa: PLR2004 - at the mean the formula is 0 / 0
        return float(ndtr((float(w @ p) - at) / math.sqrt(curvature)))
    r = math.copysign(math.sqrt(r2), s)
    slope = 2 * math.sinh(s * step / 2) / step if step else s
    u = slope * math.sqrt(curvature)
    # Barndorff-Nielsen's form of the same tail, which stays between 0 and 1.
    return float(math.exp(max(log_ndtr(-(r + math.log(u / r) / r)), -700.0)))


def _tilt(p: Floats, w: Floats, s: float) -> Floats:
    odds = np.log(p) - np.log1p(-p) + s * w
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))


def _solve(p: Floats, w: Floats, at: float) -> float:
    """Return the s at which the tilted mean is *at*: Newton's steps inside a bracket that always holds it."""
    low, high, s = -math.inf, math.inf, 0.0
    scale = math.sqrt(float(w * w * p @ (1 - p)))
    for _ in range(STEPS):
        tilted = _tilt(p, w, s)
        gap = float(w @ tilted) - at
        if abs(gap) <= 1e-9 * scale:
            return s
        low, high = (low, s) if gap > 0 else (s, high)
        slope = float(w * w * tilted @ (1 - tilted))
        s = s - gap / slope if slope > 0 else math.inf
        if not low < s < high:
            ends = (low if math.isfinite(low) else high - 2 / scale, high if math.isfinite(high) else low + 2 / scale)
            s = sum(ends) / 2
    return s
