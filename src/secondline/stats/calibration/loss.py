"""Proper scores: the Brier score with its decomposition, and the log-loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.calibration import scored
from secondline.stats.calibration.reliability import bands, pava

_TINY = 2.0**-52


def brier(scores: ScoreTable, *, level: float = 0.95, bins: int = 10) -> Measured:
    """Brier score: mean squared distance of prediction and outcome, ``sum w (y - p)^2 / sum w``; lower is better.

    It measures discrimination more than calibration, so ``detail`` splits it. Murphy's split over *bins* bands of
    equal weight is exact with its two within-band terms: Brier = reliability - resolution + uncertainty +
    within-band variance of p - 2 within-band covariance of p and y. The CORP split needs no bands: Brier =
    miscalibration - discrimination + uncertainty, with the predictions recalibrated by isotonic regression. Normal
    interval from the spread of the losses on the weights (on a grid, the spread takes each cell at its mean score;
    the value is exact). Equal to scikit-learn's brier_score_loss. Source: Brier (1950); Murphy (1973), J. Applied
    Meteorology 12; Stephenson, Coelho and Jolliffe (2008), Weather and Forecasting 23; Dimitriadis, Gneiting and
    Jordan (2021), PNAS 118; BCBS working paper 14 (2005).
    """
    if (unusable := scored.unusable(scores)) is not None:
        return unusable
    total = float(scores.weight.sum())
    value = math.fsum(_squares(scores)) / total
    detail: dict[str, Any] = _murphy(scores, bins) | _corp(scores, value)
    detail["skill"] = 1.0 - value / detail["uncertainty"] if detail["uncertainty"] > 0 else None
    p = scores.score
    return _mean_loss(scores, value, ((1.0 - p) ** 2, p**2), level, detail)


def log_loss(scores: ScoreTable, *, level: float = 0.95) -> Measured:
    """Log-loss: the mean of ``-(y ln p + (1 - y) ln(1 - p))``, in nats; lower is better.

    Predictions are clipped to [2^-52, 1 - 2^-52], as scikit-learn's log_loss does. Normal interval from the spread
    of the losses on the weights (on a grid, the spread takes each cell at its mean score; the value is exact).
    ``detail`` has the log-loss of predicting the observed rate for all. Source: Good (1952), JRSS B 14.
    """
    if (unusable := scored.unusable(scores)) is not None:
        return unusable
    total = float(scores.weight.sum())
    rate = float(scores.event_weight.sum()) / total
    p = np.clip(scores.score, _TINY, 1.0 - _TINY)
    base = -sum(share * math.log(share) for share in (rate, 1.0 - rate) if share > 0)
    value = math.fsum(scores.log_loss) / total
    return _mean_loss(scores, value, (-np.log(p), -np.log1p(-p)), level, {"of_the_rate": base})


def _mean_loss(
    scores: ScoreTable, value: float, losses: tuple[FloatArray, FloatArray], level: float, detail: dict[str, Any]
) -> Estimate:
    of_event, of_other = losses
    squares = scores.event_weight_sq * (of_event - value) ** 2
    squares = squares + (scores.weight_sq - scores.event_weight_sq) * (of_other - value) ** 2
    se = math.sqrt(max(math.fsum(squares), 0.0)) / float(scores.weight.sum())
    interval = intervals.normal(value, se, level)
    return Estimate(
        value=value,
        low=max(interval.low, 0.0),
        high=interval.high,
        level=level,
        method="normal",
        n=scores.n,
        events=scores.n_events,
        detail=detail,
    )


def _squares(scores: ScoreTable) -> FloatArray:
    return scores.score_sq - 2.0 * scores.score_event + scores.event_weight


def _murphy(scores: ScoreTable, bins: int) -> dict[str, float]:
    starts = bands(scores, bins)
    w, wp, wy = (np.add.reduceat(sums, starts) for sums in (scores.weight, scores.score_weight, scores.event_weight))
    total, rate = float(w.sum()), float(wy.sum() / w.sum())
    p, y = wp / w, wy / w
    square, product = np.add.reduceat(scores.score_sq, starts), np.add.reduceat(scores.score_event, starts)
    return {
        "reliability": float(np.sum(w * (p - y) ** 2)) / total,
        "resolution": float(np.sum(w * (y - rate) ** 2)) / total,
        "uncertainty": rate * (1.0 - rate),
        "within_variance": float(np.sum(square - w * p * p)) / total,
        "within_covariance": float(np.sum(product - w * p * y)) / total,
    }


def _corp(scores: ScoreTable, value: float) -> dict[str, float]:
    total = float(scores.weight.sum())
    rate = float(scores.event_weight.sum()) / total
    fitted = pava(scores)
    best = float(np.sum(scores.event_weight * (1.0 - 2.0 * fitted) + scores.weight * fitted**2)) / total
    return {"miscalibration": value - best, "discrimination": rate * (1.0 - rate) - best}
