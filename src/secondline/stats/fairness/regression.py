"""Regression with robust errors: linear and logistic fits, and the average marginal effect of an indicator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from secondline.stats.fairness.groups import Floats

STEPS = 50
CLOSE = 1e-10
STEEPEST = 25.0
ALMOST_SINGULAR = 1e13


@dataclass(frozen=True, slots=True)
class Fitted:
    """Coefficients with their HC1 covariance, and whether they are of a logistic model."""

    beta: Floats
    covariance: Floats
    logistic: bool


def linear(x: Floats, y: Floats, w: Floats) -> Fitted:
    """Return the weighted least squares fit with HC1 errors: the sandwich times n / (n - k).

    *x* must have full rank. Source: White (1980), Econometrica 48.
    """
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    beta = bread @ (x.T @ (w * y))
    scores = x * (w * (y - x @ beta))[:, None]
    return Fitted(beta, _sandwich(np.asarray(bread, dtype=np.float64), scores), logistic=False)


def logistic(x: Floats, y: Floats, w: Floats) -> Fitted | None:
    """Return the weighted maximum likelihood fit by Newton's method; None where there is no maximum (separation)."""
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        mu = expit(x @ beta)
        information = (x * (w * mu * (1 - mu))[:, None]).T @ x
        if not np.linalg.cond(information) < ALMOST_SINGULAR:
            return None
        step = np.linalg.solve(information, x.T @ (w * (y - mu)))
        largest = float(np.abs(step).max())
        beta = beta + step * min(1.0, 5.0 / max(largest, 5.0))
        if np.abs(beta).max() > STEEPEST:
            return None
        if largest < CLOSE:
            mu = expit(x @ beta)
            bread = np.linalg.inv((x * (w * mu * (1 - mu))[:, None]).T @ x)
            return Fitted(
                beta, _sandwich(np.asarray(bread, dtype=np.float64), x * (w * (y - mu))[:, None]), logistic=True
            )
    return None


def _sandwich(bread: Floats, scores: Floats) -> Floats:
    n, k = scores.shape
    return np.asarray(bread @ (scores.T @ scores) @ bread * n / max(n - k, 1))


def marginal_effect(fit: Fitted, x: Floats, w: Floats, at: int, others: list[int]) -> tuple[float, float]:
    """Return the average marginal effect of the indicator in column *at*, and its standard error by the delta method.

    The mean over all rows of the prediction with this indicator 1 and the *others* 0, less that with all of them 0;
    the covariates count as fixed. Of a linear model it is the coefficient.
    """
    if not fit.logistic:
        return float(fit.beta[at]), float(np.sqrt(fit.covariance[at, at]))
    off = x.copy()
    off[:, [at, *others]] = 0.0
    on = off.copy()
    on[:, at] = 1.0
    high, low, share = expit(on @ fit.beta), expit(off @ fit.beta), w / w.sum()
    slope = (share * high * (1 - high)) @ on - (share * low * (1 - low)) @ off
    return float(share @ (high - low)), float(np.sqrt(slope @ fit.covariance @ slope))
