"""Performance before labels come, from calibrated probabilities: an estimate, and never more.

If a score of p means an event in p of the cases, the confusion matrix can be expected without labels. That holds as
long as the meaning of a score does not change: a shift in who applies is followed, a change in what a score means
(concept drift) is not seen at all. Every result says so, in ``detail["estimate"]`` and in its warnings; it may raise
a question, and can never close one. Source: Guillory et al. (2021), ICCV; NannyML's CBPE; Białek et al. (2024),
arXiv 2401.08348.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import chdtri, expit, logit

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals

Metric = Literal["rate", "precision", "recall", "specificity", "auc"]
ASSUMPTION = "an estimate without labels: right only if a score still means what it meant when its calibration was seen"
CLIP = 1e-6
FEW = 20.0
STEPS = 60
GROUPS = 10
SURE = 1e-3
OFF = 0.2


@dataclass(frozen=True, slots=True)
class Recalibration:
    """How scores became probabilities on labelled cases, ``logit q = intercept + slope logit p``, and how surely.

    ``variance`` holds var(intercept), their covariance and var(slope).
    """

    intercept: float
    slope: float
    variance: tuple[float, float, float]
    n: float
    events: float

    @staticmethod
    def of(score: FloatArray, label: FloatArray) -> Recalibration | Undefined:
        """Fit the recalibration by maximum likelihood on labelled reference cases (HC0 sandwich variance).

        Rows without a score or label take no part. Undefined with fewer than twenty events or non-events, or when
        the score separates them. Source: Cox (1958), Biometrika 45, 562; Platt (2000).
        """
        p, y = np.asarray(score, dtype=np.float64), np.asarray(label, dtype=np.float64)
        use = np.isfinite(p) & ((y == 0) | (y == 1))
        p, y = _probabilities(p[use]), y[use]
        events = float(y.sum())
        if min(events, len(y) - events) < FEW:
            return Undefined(
                because="too few labelled events or non-events to see the calibration", n=len(y), events=events,
                needed="twenty of each",
            )  # fmt: skip
        x = np.column_stack([np.ones(len(p)), logit(p)])
        beta, bread = np.array([0.0, 1.0]), np.eye(2)
        for _ in range(STEPS):
            q = expit(x @ beta)
            bread = x.T @ ((q * (1.0 - q))[:, None] * x)
            if not np.linalg.cond(bread) < 1e14 or np.abs(beta).max() > 50.0:  # noqa: PLR2004 - no maximum
                because = "no recalibration fits: one score only, or one that separates events from non-events"
                return Undefined(because=because, n=len(y), events=events)
            move = np.linalg.solve(bread, x.T @ (y - q))
            beta = beta + move * min(1.0, 5.0 / max(float(np.abs(move).max()), 5.0))
        meat = x.T @ (((y - expit(x @ beta)) ** 2)[:, None] * x)
        v = np.linalg.inv(bread) @ meat @ np.linalg.inv(bread)
        return Recalibration(
            float(beta[0]), float(beta[1]), (float(v[0, 0]), float(v[0, 1]), float(v[1, 1])), len(y), events
        )

    def of_score(self, p: FloatArray, intercept: float = 0.0, slope: float = 0.0) -> FloatArray:
        """Return probabilities of scores; *intercept* and *slope* are added to the fitted ones."""
        return np.asarray(expit(self.intercept + intercept + (self.slope + slope) * logit(_probabilities(p))))


def misfit(recalibration: Recalibration, score: FloatArray, label: FloatArray) -> Undefined | None:
    """Return why recalibrated scores are no probabilities; None where they are near enough to expect outcomes by.

    Over ten groups of equal expected events, refused when the events are off by a fifth of all in sum and that is no
    chance: ``sum |O - E| > 0.2 sum O`` and Hosmer and Lemeshow's statistic beyond its 0.999 quantile (8 degrees of
    freedom). Source: Hosmer and Lemeshow (1980), Communications in Statistics A9, 1043.
    """
    p, y = np.asarray(score, dtype=np.float64), np.asarray(label, dtype=np.float64)
    use = np.isfinite(p) & ((y == 0) | (y == 1))
    q, y = recalibration.of_score(p[use]), y[use]
    order = np.argsort(q, kind="stable")
    q, y = q[order], y[order]
    group = np.minimum((np.cumsum(q) / q.sum() * GROUPS * (1 - 1e-9)).astype(int), GROUPS - 1)
    expected, seen, spread = (np.bincount(group, w, GROUPS) for w in (q, y, q * (1.0 - q)))
    off = float(np.abs(seen - expected).sum() / max(float(y.sum()), 1.0))
    used = spread > 0
    chi = float(((seen - expected)[used] ** 2 / spread[used]).sum())
    if off <= OFF or chi <= float(chdtri(max(int(used.sum()) - 2, 1), SURE)):
        return None
    because = f"even recalibrated, scores expect events that are off by {off:.0%} over groups of score"
    return Undefined(because=because, n=len(y), events=float(y.sum()), needed="a score that is calibrated by its logit")


def _probabilities(p: FloatArray) -> FloatArray:
    if p.size and (p.min() < 0.0 or p.max() > 1.0):
        raise SpecError("A score must be a probability between 0 and 1 to say what can be expected of it.")
    return np.clip(p, CLIP, 1.0 - CLIP)


@dataclass(frozen=True, slots=True)
class _Cases:
    """Unlabelled cases: the score that ranks them, whether each is alerted, and what each counts in a recall."""

    score: FloatArray
    alert: FloatArray
    worth: FloatArray


def performance(
    metric: Metric,
    score: FloatArray,
    cut: float,
    recalibration: Recalibration,
    *,
    level: float = 0.95,
    worth: FloatArray | None = None,
) -> Measured:
    """Expected *metric* of unlabelled cases: rate of events, precision, recall, specificity or AUC.

    With q the recalibrated probability, alerted when the score is at least *cut*: ``precision = sum_alert q / alerts``,
    ``recall = sum_alert q / sum q`` (each times its *worth* where one is given: the share of value),
    ``AUC = sum_ij q_i (1 - q_j) [s_i > s_j] / sum_ij q_i (1 - q_j)``, ties one half.
    The interval (logit scale) is that of the figure the labels would give if the assumption holds: the outcomes' own
    variance, ``sum (d/dy)^2 q (1 - q)``, and the recalibration's, by its gradient. NaN scores take no part. Undefined
    without scores, without alerts (precision), or for an AUC of one case.
    """
    s = np.asarray(score, dtype=np.float64)
    known = np.isfinite(s)
    counts = np.ones(len(s)) if worth is None else np.nan_to_num(np.asarray(worth, dtype=np.float64))
    s = s[known]
    cases = _Cases(s, (s >= cut).astype(np.float64), counts[known])
    if not len(s) or (metric == "precision" and not cases.alert.any()) or (metric == "auc" and len(s) == 1):
        because = "there are too few scored cases" if metric != "precision" or not len(s) else "nothing is alerted"
        return Undefined(because=because, n=len(s), needed="scored cases, and alerts for a precision")
    found = _METRICS[metric]
    q = recalibration.of_score(s)
    value, pull = found(cases, q)
    chance = float((pull**2 * q * (1.0 - q)).sum())
    by_intercept, by_slope = (
        _gradient(found, cases, recalibration, "intercept"),
        _gradient(found, cases, recalibration, "slope"),
    )
    va, cov, vb = recalibration.variance
    learnt = by_intercept**2 * va + 2.0 * by_intercept * by_slope * cov + by_slope**2 * vb
    se = math.sqrt(max(chance + learnt, 0.0))
    low, high = intervals.logit_normal(value, se, level) if 0.0 < value < 1.0 and se > 0 else (value, value)
    return Estimate(
        value=value,
        low=low,
        high=high,
        level=level,
        method="expected from calibrated scores",
        n=len(s),
        events=float(q.sum()),
        detail={"estimate": True, "se_outcomes": math.sqrt(chance), "se_calibration": math.sqrt(max(learnt, 0.0)),
                "calibrated_on": recalibration.n, "confusion": _confusion(cases, q)},
        warnings=(ASSUMPTION,),
    )  # fmt: skip


def proof(
    metric: Metric,
    score: FloatArray,
    cut: float,
    label: FloatArray,
    recalibration: Recalibration,
    *,
    worth: FloatArray | None = None,
    level: float = 0.99,
) -> Undefined | None:
    """Return why an estimate is not to be believed: it is wrong on cases whose labels are known; None if it is right.

    The estimate is made of labelled cases as if they had none, and compared with the *metric* of their labels. Outside
    the estimate's interval at *level* the assumption has failed already, such as where the share of value is asked and
    large amounts are fraud more often than their scores say.
    """
    s, y = np.asarray(score, dtype=np.float64), np.asarray(label, dtype=np.float64)
    use = np.isfinite(s) & ((y == 0) | (y == 1))
    counts = np.ones(len(s)) if worth is None else np.nan_to_num(np.asarray(worth, dtype=np.float64))
    expected = performance(metric, s[use], cut, recalibration, level=level, worth=counts[use])
    if not isinstance(expected, Estimate):
        return expected
    alert = (s[use] >= cut).astype(np.float64)
    came = _METRICS[metric](_Cases(s[use], alert, counts[use]), y[use])[0]
    if expected.low is None or expected.high is None or expected.low <= came <= expected.high:
        return None
    because = f"of cases with labels it expected {expected.value:.3g}, and {came:.3g} came"
    return Undefined(because=because, n=float(use.sum()), needed="a score whose meaning holds for what is asked")


Found = tuple[float, FloatArray]
"""A metric and its derivative by each outcome."""


def _rate(_: _Cases, q: FloatArray) -> Found:
    return float(q.mean()), np.full(len(q), 1.0 / len(q))


def _precision(cases: _Cases, q: FloatArray) -> Found:
    alerts = float(cases.alert.sum())
    return float(cases.alert @ q) / alerts, cases.alert / alerts


def _recall(cases: _Cases, q: FloatArray) -> Found:
    total = float(cases.worth @ q)
    if total <= 0:
        return 0.0, np.zeros(len(q))
    value = float((cases.alert * cases.worth) @ q) / total
    return value, cases.worth * (cases.alert - value) / total


def _specificity(cases: _Cases, q: FloatArray) -> Found:
    total = float((1.0 - q).sum())
    value = float((1.0 - cases.alert) @ (1.0 - q)) / total
    return value, -((1.0 - cases.alert) - value) / total


def _auc(cases: _Cases, q: FloatArray) -> Found:
    _, place = np.unique(cases.score, return_inverse=True)
    events, rest = np.bincount(place, weights=q), np.bincount(place, weights=1.0 - q)
    below = (np.cumsum(rest) - rest / 2.0)[place]
    above = (events.sum() - np.cumsum(events) + events / 2.0)[place]
    size = float(events.sum() * rest.sum())
    # A case is not paired with itself, but enters both sums by its two chances.
    own = q * (1.0 - q) / 2.0
    value = float((q * below - own).sum() / (size - 2.0 * own.sum()))
    return value, (below - above - value * (rest.sum() - events.sum())) / size


_METRICS: dict[Metric, Callable[[_Cases, FloatArray], Found]] = {
    "rate": _rate, "precision": _precision, "recall": _recall, "specificity": _specificity, "auc": _auc,
}  # fmt: skip


def _gradient(
    found: Callable[[_Cases, FloatArray], Found], cases: _Cases, by: Recalibration, name: Literal["intercept", "slope"]
) -> float:
    step = 1e-4
    up, down = (found(cases, by.of_score(cases.score, **{name: h}))[0] for h in (step, -step))
    return (up - down) / (2.0 * step)


def _confusion(cases: _Cases, q: FloatArray) -> dict[str, float]:
    hits, alerts = float(cases.alert @ q), float(cases.alert.sum())
    missed = float(q.sum()) - hits
    return {"tp": hits, "fp": alerts - hits, "fn": missed, "tn": len(q) - alerts - missed}
