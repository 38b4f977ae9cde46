"""Logistic recalibration: slope and intercept of the outcome on the log-odds of the prediction (Cox 1958)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtr

from secondline.core.estimate import Estimate, Measured
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals, power
from secondline.stats.calibration import scored

STEPS = 100
STEEPEST = 50.0
ALMOST_SINGULAR = 1e14
CONVERGED = 1e-9  # the steps converge quadratically: the error left is the square of the last one


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted recalibration: intercept and slope, their robust standard errors, and what a grid can have moved them.

    The error and the movement of a coefficient that was held are 0.
    """

    beta: tuple[float, float]
    se: tuple[float, float]
    moved: tuple[float, float]


def slope(scores: ScoreTable, *, level: float = 0.95, clip: float = 1e-6) -> Measured:
    """Calibration slope b of ``logit P(y = 1) = a + b logit(p)``: 1 when the spread of risk is right.

    H0: b = 1. Below 1 the predictions are too extreme (overfitting), above 1 too timid. Fitted by weighted maximum
    likelihood (iteratively reweighted least squares). Wald interval and two-sided p-value with sandwich (HC0)
    standard errors, valid for sampling weights and for a wrong model. Predictions closer to 0 or 1 than *clip* are
    moved to it, or their log-odds would be infinite, and a warning counts them. On a grid ``bound`` is, to first
    order, what the place of the scores inside their cells can move. ``mde`` is the smallest distance from 1 found
    with 80 % power. Undefined with one outcome only, one distinct prediction, or outcomes that the score separates
    perfectly. Source: Cox (1958), Biometrika 45, 562; Miller, Hui and Tierney (1991), Statistics in Medicine 10.
    """
    if (unusable := scored.unusable(scores) or scored.one_class(scores)) is not None:
        return unusable
    if np.ptp(_log_odds(scores.score, clip)) == 0.0:
        return scored.absent(scores, "all rows have the same prediction", "at least two distinct predictions")
    joint = fit(scores, clip, free=(0, 1))
    if joint is None:
        because = "the score separates events from non-events, so no slope fits"
        return scored.absent(scores, because, "outcomes that overlap along the score")
    detail = {"intercept": joint.beta[0], "intercept_se": joint.se[0], "se": joint.se[1]}
    return _estimate(scores, joint, clip, level=level, which=1, detail=detail)


def intercept(scores: ScoreTable, *, level: float = 0.95, clip: float = 1e-6) -> Measured:
    """Calibration intercept a of ``logit P(y = 1) = a + logit(p)``, slope held at 1: 0 when the level of risk is right.

    H0: a = 0. Above 0 the predictions are too low; exp(a) is the factor on the odds. Estimation, interval, p-value,
    clipping and grid bound as for ``slope``; ``mde`` is in log-odds. ``detail`` has the intercept and slope of the
    joint fit (None where it does not exist): that intercept depends on its slope and is no measure of level by
    itself. Undefined with one outcome only. Source: Cox (1958), Biometrika 45, 562; Van Calster et al. (2019), BMC
    Medicine 17, 230.
    """
    if (unusable := scored.unusable(scores) or scored.one_class(scores)) is not None:
        return unusable
    alone = fit(scores, clip, free=(0,))
    if alone is None:
        return scored.absent(
            scores, "the predictions are so extreme that no intercept fits", "less extreme predictions"
        )
    joint = fit(scores, clip, free=(0, 1))
    beta = joint.beta if joint else (None, None)
    detail = {"joint_intercept": beta[0], "joint_slope": beta[1], "se": alone.se[0]}
    return _estimate(scores, alone, clip, level=level, which=0, detail=detail)


def fit(scores: ScoreTable, clip: float, free: tuple[int, ...]) -> Fit | None:
    """Return the weighted fit of the *free* coefficients (0 intercept, 1 slope), or None without a maximum.

    It starts at the perfectly calibrated model, intercept 0 and slope 1, where coefficients that are not free stay.
    """
    x = _log_odds(scores.score, clip)
    design = np.column_stack([np.ones_like(x), x])
    beta, at = np.array([0.0, 1.0]), np.array(free)
    for _ in range(STEPS):
        mu = expit(design @ beta)
        information = _gram(design[:, at], scores.weight * mu * (1.0 - mu))
        if not np.linalg.cond(information) < ALMOST_SINGULAR:
            return None
        step = np.linalg.solve(information, design[:, at].T @ (scores.event_weight - scores.weight * mu))
        largest = float(np.abs(step).max())
        beta[at] += step * min(1.0, 5.0 / max(largest, 5.0))
        if np.abs(beta).max() > STEEPEST:
            return None
        if largest < CONVERGED:
            return _finish(scores, design, beta, at, clip)
    return None


def _finish(scores: ScoreTable, design: FloatArray, beta: FloatArray, at: Any, clip: float) -> Fit:
    mu, columns = expit(design @ beta), design[:, at]
    bread = np.linalg.inv(_gram(columns, scores.weight * mu * (1.0 - mu)))
    of_events, of_others = scores.event_weight_sq, scores.weight_sq - scores.event_weight_sq
    meat = _gram(columns, of_events * (1.0 - mu) ** 2 + of_others * mu**2)
    se, moved = np.zeros(2), np.zeros(2)
    se[at] = np.sqrt(np.diag(bread @ meat @ bread))
    if scores.cell:
        # What one score adds to the coefficients as it moves, times how far it can move.
        rise = -(scores.weight * mu * (1.0 - mu) * beta[1])[:, None] * design
        rise[:, 1] += scores.event_weight - scores.weight * mu
        moved[at] = np.abs(rise[:, at] @ bread).T @ _reach(scores, clip)
    return Fit(_pair(beta), _pair(se), _pair(moved))


def _reach(scores: ScoreTable, clip: float) -> FloatArray:
    """Return the furthest that log-odds inside a grid cell lie from those of its mean score."""
    middle = _log_odds(scores.score, clip)
    down, up = _log_odds(scores.key, clip), _log_odds(scores.key + scores.cell, clip)
    return np.maximum(middle - down, up - middle)


def _gram(columns: FloatArray, weight: FloatArray) -> FloatArray:
    product: FloatArray = columns.T @ (weight[:, None] * columns)
    return product


def _log_odds(p: FloatArray, clip: float) -> FloatArray:
    return np.asarray(logit(np.clip(p, clip, 1.0 - clip)), dtype=np.float64)


def _pair(values: FloatArray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _estimate(
    scores: ScoreTable, found: Fit, clip: float, *, level: float, which: int, detail: Mapping[str, float | None]
) -> Estimate:
    value, se, bound = found.beta[which], found.se[which], found.moved[which]
    interval = intervals.normal(value, se, level).widened(bound)
    return Estimate(
        value=value,
        low=interval.low,
        high=interval.high,
        level=level,
        method="Wald, sandwich standard errors",
        n=scores.n,
        events=scores.n_events,
        p_value=2.0 * float(ndtr(-abs(value - which) / se)),  # under H0 the slope is 1 and the intercept 0
        bound=bound,
        mde=power.mde(se, alpha=1.0 - level),
        mde_unit="distance from 1" if which else "log-odds",
        detail=dict(detail),
        warnings=_clipped(scores, clip),
    )


def _clipped(scores: ScoreTable, clip: float) -> tuple[str, ...]:
    beyond = (scores.score < clip) | (scores.score > 1.0 - clip)
    rows = int(scores.rows[beyond].sum())
    text = f"{rows:,} of {scores.n:,} predictions lie within {clip:g} of 0 or 1 and were moved there"
    return (text,) if rows else ()
