"""Whose probabilities are nearer to what happened: paired differences of proper scores."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats import intervals, power
from secondline.stats.challenge.aligned import Aligned, Floats, aligned

TINY = 2.0**-52
Loss = Callable[[Floats, Floats], Floats]


def brier_lead(rows: Sample, score: Floats, *, probability: bool = True, level: float = 0.95) -> Measured:
    """Brier score of the challenger less that of the champion, same rows; positive when the champion is nearer.

    The mean of ``(y - p_challenger)^2 - (y - p_champion)^2``; its standard error is that of a weighted mean of paired
    differences, normal interval, two-sided ``p_value`` of no difference. Not applicable when the champion's score is
    not a probability. Source: Brier (1950); Diebold and Mariano (1995) for the paired comparison of losses.
    """
    return _lead(rows, score, lambda p, y: (y - p) ** 2, probability=probability, level=level)


def log_loss_lead(rows: Sample, score: Floats, *, probability: bool = True, level: float = 0.95) -> Measured:
    """Log-loss of the challenger less that of the champion, in nats; positive when the champion is nearer.

    As ``brier_lead``, of ``-(y ln p + (1 - y) ln(1 - p))`` with p clipped to [2^-52, 1 - 2^-52]. Source: Good (1952).
    """
    return _lead(rows, score, _logarithmic, probability=probability, level=level)


def _logarithmic(p: Floats, y: Floats) -> Floats:
    clipped = np.clip(p, TINY, 1.0 - TINY)
    return np.asarray(-(y * np.log(clipped) + (1 - y) * np.log1p(-clipped)))


def _lead(rows: Sample, score: Floats, loss: Loss, *, probability: bool, level: float) -> Measured:
    if not probability:
        return Undefined(because="the champion's score is not a probability", kind="not-applicable", n=rows.size)
    both = aligned(rows, score)
    if isinstance(both, Undefined):
        return both
    if both.champion.min() < 0 or both.champion.max() > 1:
        return Undefined(because="the champion has scores outside 0 to 1", kind="not-applicable", n=both.n)
    own, other = loss(both.champion, both.label), loss(both.challenger, both.label)
    gap, se = mean_and_se(other - own, both)
    low, high = intervals.normal(gap, se, level)
    p = 1.0 if gap == 0 else float(2 * sps.norm.sf(abs(gap) / se)) if se > 0 else 0.0
    return Estimate(
        value=gap, low=low, high=high, level=level, method="paired differences, normal", n=both.n, events=both.events,
        p_value=p, mde=power.mde(se, alpha=1 - level) if se > 0 else None, mde_unit="mean loss",
        detail={"champion": float(np.average(own, weights=both.weight)),
                "challenger": float(np.average(other, weights=both.weight)), "se": se},
        warnings=both.warnings,
    )  # fmt: skip


def mean_and_se(values: Floats, both: Aligned) -> tuple[float, float]:
    """Return the weighted mean and its standard error, ``sqrt(sum w^2 (v - mean)^2) / sum w`` with n / (n - 1)."""
    w, n = both.weight, both.effective
    mean = float(np.average(values, weights=w))
    spread = float(w**2 @ (values - mean) ** 2) * (n / (n - 1) if n > 1 else 1.0)
    return mean, math.sqrt(spread) / float(w.sum())
