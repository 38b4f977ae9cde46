"""Which model ranks better, by how much, and whether the simpler one ranks well enough."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats as sps
from scipy.special import ndtri

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.format import number
from secondline.core.tables import Sample, ScoreTable
from secondline.stats import intervals
from secondline.stats.challenge.aligned import Floats, aligned, beside
from secondline.stats.discrimination.auc import auc as area_under
from secondline.stats.discrimination.paired import versus_challenger

LEAST_RANKED = 10


def auc_lead(rows: Sample, score: Floats, *, level: float = 0.95) -> Measured:
    """AUC of the champion less that of the challenger on the same rows; positive when the champion ranks better.

    DeLong's paired variance and normal interval over the rows of the sample that both score and whose outcome is
    known; two-sided ``p_value`` of no difference. ``detail`` holds each AUC with its interval and both ROC and gains
    curves. Undefined with one class. Source: DeLong, DeLong and Clarke-Pearson (1988).
    """
    found = versus_challenger(beside(rows, score), level=level)
    both = aligned(rows, score)
    if isinstance(found, Undefined) or isinstance(both, Undefined):
        return found
    detail: dict[str, Any] = dict(found.detail)
    for name, values in (("champion", both.champion), ("challenger", both.challenger)):
        own = area_under(ScoreTable.of(values, both.label, both.weight, probability=False), level=level)
        if isinstance(own, Estimate):
            detail[f"{name} interval"] = [own.low, own.high]
            detail[f"{name} roc"], detail[f"{name} gains"] = own.detail["roc"], own.detail["gains"]
    return found.model_copy(update={"detail": detail})


def noninferiority(rows: Sample, score: Floats, *, level: float = 0.95, margin: float = 0.01) -> Measured:
    """AUC of the champion less that of the challenger, held against a margin from one side.

    H0: the champion leads by *margin* at least. The challenger is non-inferior when the upper end of the one-sided
    interval at *level* (DeLong, paired) lies below the margin; ``p_value`` is one-sided. Both one-sided ends are
    given, so the pair covers at ``2 level - 1``. ``detail`` holds the verdict in words. Undefined with one class.
    Source: Piaggio et al. (2012), JAMA 308, for the design; Obuchowski (1997) for AUC.
    """
    found = versus_challenger(beside(rows, score), level=level)
    if isinstance(found, Undefined):
        return found
    se, reach = float(found.detail["se"]), float(ndtri(level)) * float(found.detail["se"])
    low, high = found.value - reach, found.value + reach
    beyond = (found.value - margin) / se if se > 0 else math.copysign(math.inf, found.value - margin)
    verdict, decided = _verdict(low, high, margin, level)
    return found.model_copy(
        update={
            "low": low, "high": high, "level": 2 * level - 1, "method": "DeLong, paired, one-sided ends",
            "p_value": float(sps.norm.cdf(beyond)),
            "detail": found.detail | {"margin": margin, "verdict": verdict, "decided": decided},
        }
    )  # fmt: skip


def _verdict(low: float, high: float, margin: float, level: float) -> tuple[str, str]:
    sure = f"at {100 * level:.4g} % confidence, one-sided"
    if high < 0:
        return f"the challenger ranks better than the champion ({sure})", "superior"
    if high < margin:
        within = f"the champion leads by less than {number(high)} of AUC, within the margin of {margin:g}"
        return f"the challenger is non-inferior: {within} ({sure})", "non-inferior"
    if low >= margin:
        return f"the challenger is inferior by more than the margin of {margin:g} ({sure})", "inferior"
    return f"not decided: the champion may lead by {number(high)} of AUC, the margin is {margin:g} ({sure})", "open"


def agreement(rows: Sample, score: Floats, *, level: float = 0.95) -> Measured:
    """Spearman's rank correlation of the two scores; 1 when they order the rows alike.

    Pearson's correlation of weighted mid-ranks over rows that both score, outcome known or not. Interval by Fisher's
    transformation with the standard error ``sqrt((1 + r^2 / 2) / (n - 3))`` on Kish's n. ``detail`` holds the share of
    rows that both put into the same tenth. Undefined with fewer than 10 rows, or when a score does not vary. Source:
    Bonett and Wright (2000), Psychometrika 65, 23.
    """
    own = np.asarray(rows.columns["@score"], dtype=np.float64)
    weight = rows.weight
    keep = np.isfinite(own) & np.isfinite(score) & (weight > 0)
    a, b, w = own[keep], np.asarray(score)[keep], weight[keep]
    n = float(w.sum()) ** 2 / float((w**2).sum()) if len(w) else 0.0
    if n < LEAST_RANKED:
        return Undefined(because="too few rows have both scores", n=len(a), needed=f"{LEAST_RANKED} rows")
    x, y = ridits(a, w), ridits(b, w)
    spread = math.sqrt(_cov(x, x, w) * _cov(y, y, w))
    if spread <= 0:
        return Undefined(because="a score is the same for every row", kind="not-applicable", n=len(a))
    r = min(max(_cov(x, y, w) / spread, -1.0), 1.0)
    tenths = (np.minimum((10 * x).astype(int), 9), np.minimum((10 * y).astype(int), 9))
    same = float(w[tenths[0] == tenths[1]].sum() / w.sum())
    low, high = _fisher(r, n, level)
    return Estimate(
        value=r, low=low, high=high, level=level, method="Fisher's transformation", n=len(a),
        detail={"same tenth": same, "mean difference": float(np.average(a - b, weights=w))},
    )  # fmt: skip


def ridits(values: Floats, weight: Floats) -> Floats:
    """Return the weighted mid-rank of each value as a share: the weight below it and half the weight at it."""
    _, place = np.unique(values, return_inverse=True)
    at = np.bincount(place, weights=weight)
    return np.asarray(((np.cumsum(at) - at / 2) / at.sum())[place])


def _cov(x: Floats, y: Floats, w: Floats) -> float:
    return float(np.average((x - np.average(x, weights=w)) * (y - np.average(y, weights=w)), weights=w))


def _fisher(r: float, n: float, level: float) -> tuple[float, float]:
    if abs(r) >= 1:
        return r, r
    low, high = intervals.normal(math.atanh(r), math.sqrt((1 + r * r / 2) / (n - 3)), level)
    return math.tanh(low), math.tanh(high)
