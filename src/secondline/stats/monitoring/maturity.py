"""From labels known to date to those that will have come: projected ultimates, with their error.

A window holds cases of several ages. With exposure e_i (decisions, or their amount) of which a_i lags are known, the
window's maturity is ``M = sum e_i F(a_i) / sum e_i``, and C labels known project to C / M (the Cape Cod method; of one
cohort, the chain ladder). Sources: Stanard (1985), Proceedings of the Casualty Actuarial Society 72; Mack (1993).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.special import ndtri

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray, IntArray
from secondline.stats import intervals
from secondline.stats.intervals import Interval
from secondline.stats.monitoring.lags import Curve

YOUNG = 0.02


def _tails(level: float) -> tuple[float, float]:
    return (1.0 - level) / 2.0, (1.0 + level) / 2.0


@dataclass(frozen=True, slots=True)
class Projected:
    """Labels of a window when all will have come.

    ``known`` to date, ``value`` projected, at ``maturity``; ``unseen`` is the mean of those still to come that the
    interval is about (it counts half a label more, so that none known does not mean none to come); ``process`` is
    their variance were the curve exact, ``estimation`` what the curve's error adds. ``pull`` is the derivative of the
    value by each step of the curve's logarithm.
    """

    known: float
    value: float
    maturity: float
    unseen: float
    process: float
    estimation: float
    exposure: float
    curve: Curve
    pull: FloatArray

    def interval(self, level: float = 0.95) -> Interval:
        """Return the prediction interval of the ultimate: negative binomial for counts, lognormal for amounts."""
        mean, variance = self.unseen, self.process + self.estimation
        if mean <= 0.0 or variance <= 0.0:
            return Interval(self.known + mean, self.known + mean)
        return Interval(*(self.known + self._quantile(tail, mean, variance) for tail in _tails(level)))

    def _quantile(self, tail: float, mean: float, variance: float) -> float:
        if not self.curve.counted:
            spread = math.log1p(variance / mean**2)
            return math.exp(math.log(mean) - spread / 2.0 + float(ndtri(tail)) * math.sqrt(spread))
        if variance > mean * (1.0 + 1e-9):
            return float(stats.nbinom.ppf(tail, mean**2 / (variance - mean), mean / variance))
        return float(stats.poisson.ppf(tail, mean))

    def estimate(self, *, level: float = 0.95) -> Estimate:
        """Return the projected ultimate with its prediction interval."""
        return _reported(self, self.value, self.interval(level), level)


def ultimate(
    known: float, curve: Curve, ages: IntArray, exposure: FloatArray | None = None, *, dispersion: float = 1.0
) -> Projected | Undefined:
    """Project the labels of a window: C known of cases by age to ``U = C / M``.

    With a chance of events that is the same through the window, C and the R still to come are independent given it,
    and R given C is negative binomial of size C + 1/2 and probability M: variance ``R / M``, times the larger
    of the curve's *dispersion* and the one given (days that differ by more than chance). The curve's own error adds
    ``sum_k steps_k (dU / d log step_k)^2``. Labels are of the curve's type. Undefined when no tail was stated, without
    exposure, or below a maturity of 0.02, where a projection is little but its curve. Of one cohort leave *exposure*
    out. Source: England and Verrall (2002), British Actuarial Journal 8, 443; Mack (1993), ASTIN Bulletin 23, 213.
    """
    age = np.atleast_1d(np.asarray(ages, dtype=np.int64))
    e = np.ones(len(age)) if exposure is None else np.asarray(exposure, dtype=np.float64)
    if known < 0 or e.shape != age.shape or np.any(e < 0):
        raise SpecError("A projection needs labels known of at least 0, and one exposure of at least 0 for each age.")
    total = float(e.sum())
    if total <= 0.0:
        return Undefined(because="the window has no cases", needed="cases with an age")
    if curve.tail is None:
        longest = len(curve.shares) - 1
        because = f"nothing is said of labels that come after the longest lag observed ({longest})"
        return Undefined(because=because, n=total, events=known, needed="a stated tail (0 if none comes later)")
    mature = e * curve.at(age) / total
    # Parts that add to one may round to a little more, which would leave less than nothing to come.
    share = min(float(mature.sum()), 1.0)
    if share < YOUNG:
        because = f"at a maturity of {share:.3f} the projection would be little but the curve"
        return Undefined(because=because, n=total, events=known, needed=f"cases old enough for a maturity of {YOUNG}")
    spread = max(dispersion, curve.dispersion) if curve.counted else curve.dispersion * max(dispersion, 1.0)
    value = known / share
    unseen = (known + spread / 2.0) * (1.0 - share) / share
    # A step k scales F of all cases for which lag k is still open.
    reached = np.array([float(mature[age <= k].sum()) for k in range(len(curve.steps))])
    pull = (known + spread / 2.0) / share * reached / share
    return Projected(
        known=known, value=value, maturity=share, unseen=unseen, process=spread * unseen / share,
        estimation=float((curve.steps * pull**2).sum()), exposure=total, curve=curve, pull=pull,
    )  # fmt: skip


def total(parts: Sequence[Projected]) -> Projected:
    """Return the sum of projections of separate labels, such as those of each type, each by a curve of its own.

    Means and variances add, which takes the parts as independent. The share known is that of the sum.
    """
    if len(parts) <= 1:
        return parts[0]
    added = {
        name: math.fsum(getattr(part, name) for part in parts)
        for name in ("known", "value", "unseen", "process", "estimation")
    }
    share = added["known"] / added["value"] if added["value"] > 0 else min(part.maturity for part in parts)
    first = parts[0]
    return replace(
        first, known=added["known"], value=added["value"], unseen=added["unseen"], process=added["process"],
        estimation=added["estimation"], maturity=share, pull=np.zeros_like(first.pull),
    )  # fmt: skip


def rate(projected: Projected, n: float, *, level: float = 0.95, scale: float = 1.0) -> Measured:
    """Projected ultimate per *n* cases, alerts or amount, times *scale*: precision, an event rate, basis points (1e4).

    The interval is that of the figure the window will end with. A rate of counts is cut at *scale*. Undefined when
    *n* is 0.
    """
    if n <= 0:
        return Undefined(because="there is nothing to divide by", events=projected.known, needed="cases")
    top = scale if projected.curve.counted else math.inf
    low, high = (min(x * scale / n, top) for x in projected.interval(level))
    return _reported(projected, min(projected.value * scale / n, top), Interval(low, high), level).model_copy(
        update={"n": n}
    )


def share_of(part: Projected, rest: Projected, *, level: float = 0.95) -> Measured:
    """Share ``P / (P + Q)`` of two projected ultimates: the detection rate, from fraud caught and fraud missed.

    Each with a lag curve of its own, since caught and missed fraud are confirmed at different speeds; on one curve
    the errors are taken together. Delta method on the logit scale, where the variance is ``var(log P) + var(log Q) - 2
    cov``; when a side is 0, from the ends of both intervals. Undefined when both are 0.
    """
    whole = part.value + rest.value
    if whole <= 0.0:
        return Undefined(because="no labels have come", needed="labels of either side")
    value = part.value / whole
    if part.value > 0.0 and rest.value > 0.0:
        spread = sum((x.process + x.estimation) / x.value**2 for x in (part, rest))
        if part.curve == rest.curve:
            shared = float((part.curve.steps * part.pull * rest.pull).sum())
            spread -= 2.0 * shared / (part.value * rest.value)
        se = value * (1.0 - value) * math.sqrt(max(spread, 0.0))
        low, high = intervals.logit_normal(value, se, level) if se > 0 else (value, value)
    else:
        p, q = part.interval(level), rest.interval(level)
        low = min(p.low / (p.low + q.high) if p.low > 0 else 0.0, value)
        high = max(p.high / (p.high + q.low) if p.high + q.low > 0 else 1.0, value)
    known = part.known + rest.known
    return Estimate(
        value=value, low=low, high=high, level=level, n=whole, events=known,
        method="projected, delta method",
        detail={"known": part.known / known if known > 0 else None, "maturity": [part.maturity, rest.maturity],
                "projected": [part.value, rest.value]},
    )  # fmt: skip


def _reported(of: Projected, value: float, interval: Interval, level: float) -> Estimate:
    stated = f"{of.curve.tail:.3g} of labels are assumed to come after the longest lag observed"
    return Estimate(
        value=value, low=interval.low, high=interval.high, level=level, n=of.exposure, events=of.known,
        method="projected, negative binomial" if of.curve.counted else "projected, lognormal",
        detail={"known": of.known, "maturity": of.maturity, "process_se": math.sqrt(of.process),
                "estimation_se": math.sqrt(of.estimation), "tail": of.curve.tail},
        warnings=(stated,) if of.curve.tail else (),
    )  # fmt: skip


def weights(curve: Curve, ages: IntArray, *, least: float = 0.1) -> tuple[FloatArray, FloatArray]:
    """Return the weight 1 / F(age) of each label known, and the variance that the curve's error gives it.

    A label seen at that age stands for as many that will come: sums over labels with these weights are the ultimate's.
    Labels of cases younger than a maturity of *least* get weight 0, and so do not count: leave their cases out of the
    denominator too.
    """
    share = curve.at(ages)
    use = share >= least
    weight = np.where(use, 1.0 / np.where(use, share, 1.0), 0.0)
    relative = np.append(np.cumsum(curve.steps[::-1])[::-1], 0.0)
    return weight, weight**2 * relative[np.clip(np.asarray(ages, dtype=np.int64), 0, len(curve.steps))]
