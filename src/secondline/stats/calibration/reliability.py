"""Reliability along the score: bands of equal mass, expected calibration error and the isotonic (CORP) curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from secondline.core.estimate import Estimate, Measured
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray, IntArray
from secondline.stats import intervals
from secondline.stats.calibration import scored


def ece(scores: ScoreTable, *, level: float = 0.95, bins: int = 10) -> Measured:
    """Expected calibration error: the mean distance between predicted and observed rate over bands of equal weight.

    ``sum (W_b / W) |y_b - p_b|`` over at most *bins* bands; equal scores stay in one band. Noise makes it positive
    even when the predictions are perfect: ``detail`` has that expectation, ``sum (W_b / W) sqrt(2 v_b / pi)`` with
    v_b the variance of y_b under the predictions, and the value with it taken off (not below 0). The interval is
    for the error without noise: from z standard errors below the corrected value to z above the value itself; it
    covers at least nominally, because the bias is largest where there is no error. ``detail`` also has the isotonic
    curve (CORP), which needs no bands. On a grid, values are exact for bands cut at cell edges. Source: Naeini,
    Cooper and Hauskrecht (2015), AAAI; Roelofs et al. (2022), AISTATS; Dimitriadis, Gneiting and Jordan (2021),
    PNAS 118.
    """
    if (unusable := scored.unusable(scores)) is not None:
        return unusable
    starts = bands(scores, bins)
    w, wp, wy = (np.add.reduceat(sums, starts) for sums in (scores.weight, scores.score_weight, scores.event_weight))
    share, p, y = w / w.sum(), wp / w, wy / w
    spread = np.add.reduceat(scores.weight_sq * scores.score * (1.0 - scores.score), starts)
    sd = np.sqrt(np.maximum(spread, 0.0)) / w
    value = float(np.sum(share * np.abs(y - p)))
    noise = float(np.sum(share * sd)) * math.sqrt(2.0 / math.pi)
    reach = intervals.z_of(level) * float(np.sqrt(np.sum((share * sd) ** 2)))
    rows, events = np.add.reduceat(scores.rows, starts), np.add.reduceat(scores.event_rows, starts)
    listed = [
        {"rows": int(r), "events": int(e), "predicted": float(a), "observed": float(b)}
        for r, e, a, b in zip(rows, events, p, y, strict=True)
    ]
    return Estimate(
        value=value,
        low=max(value - noise - reach, 0.0),
        high=min(value + reach, 1.0),
        level=level,
        method=f"normal, {len(starts)} bands, bias taken off below",
        n=scores.n,
        events=scores.n_events,
        detail={
            "expected_under_null": noise,
            "corrected": max(value - noise, 0.0),
            "by_band": listed,
            "reliability": curve(scores),
        },
    )


def bands(scores: ScoreTable, bins: int) -> IntArray:
    """Return where each of at most *bins* bands of about equal weight starts; a score is never split between two."""
    before = np.concatenate([[0.0], np.cumsum(scores.weight)[:-1]])
    # The middle of a score's own weight decides its band.
    middle = (before + scores.weight / 2.0) / float(scores.weight.sum())
    band = np.minimum((middle * bins).astype(np.int64), bins - 1)
    return np.flatnonzero(np.diff(band, prepend=-1)).astype(np.int64)


def pava(scores: ScoreTable) -> FloatArray:
    """Return the isotonic recalibration: the non-decreasing rates nearest to the observed ones, one per score."""
    fitted = isotonic_regression(scores.event_weight / scores.weight, weights=scores.weight)
    return np.asarray(fitted.x, dtype=np.float64)


def curve(scores: ScoreTable) -> list[dict[str, Any]]:
    """Return the isotonic reliability curve as its flat steps: the scores each one spans and its observed rate."""
    fitted = pava(scores)
    first = np.flatnonzero(np.diff(fitted, prepend=-1.0))
    last = np.append(first[1:], len(fitted)) - 1
    p, rows = scores.score, np.add.reduceat(scores.rows, first)
    return [
        {"from": float(p[i]), "to": float(p[j]), "observed": float(fitted[i]), "rows": int(n)}
        for i, j, n in zip(first, last, rows, strict=True)
    ]
