"""The area under the ROC curve, its DeLong variance, and what it is compared with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import ScoreTable
from secondline.stats import intervals, power
from secondline.stats.discrimination.curves import Split, cap, roc, split


@dataclass(frozen=True, slots=True)
class Area:
    """An AUC, its standard error, and the largest error a grid may have made in it."""

    value: float
    se: float
    bound: float


def area(table: ScoreTable, samples: Split) -> Area:
    """Return the AUC with ties counted one half, and DeLong's standard error.

    With V10 of an event the share of non-events below it (ties one half) and V01 of a non-event the share of events
    above it, ``A = mean(V10)`` and ``s2 = var(V10) / n1 + var(V01) / n0``. Weighted rows enter through w and w^2
    (influence function), with Kish's n / (n - 1); unweighted, this is DeLong's formula exactly. A grid cannot rank
    within its cells, so the AUC is off by at most half the pairs that share a cell.
    """
    below = np.cumsum(samples.rest) - samples.rest / 2
    above = samples.n_events - (np.cumsum(samples.events) - samples.events / 2)
    v10, v01 = below / samples.n_rest, above / samples.n_events
    value = float(samples.events @ v10) / samples.n_events
    squares = table.event_weight_sq, np.maximum(table.weight_sq - table.event_weight_sq, 0.0)
    variance = _spread(v10, value, squares[0], samples.n_events) + _spread(v01, value, squares[1], samples.n_rest)
    tied = float(samples.events @ samples.rest) / (samples.n_events * samples.n_rest)
    return Area(min(max(value, 0.0), 1.0), math.sqrt(max(variance, 0.0)), tied / 2 if table.cell else 0.0)


def _spread(v: np.ndarray, mean: float, squares: np.ndarray, total: float) -> float:
    effective = total * total / float(squares.sum())
    correction = effective / (effective - 1) if effective > 1 else 1.0
    return correction * float(squares @ (v - mean) ** 2) / (total * total)


def auc(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Area under the ROC curve: the chance that an event scores above a non-event, ties counted one half.

    DeLong's variance, interval normal on the logit scale; an AUC of 0 or 1, or one without variance, gets the exact
    one-sided bound of a rate with the smaller class as its sample. ``p_value`` tests A = 0.5 two-sided. ``mde`` is the
    smallest distance from 0.5 that would be seen. ``detail`` has the ROC and CAP curves. On a grid ``bound`` is the
    largest numerical error, and the interval is widened by it. Undefined with one class or no rows. Source: DeLong,
    DeLong and Clarke-Pearson (1988); Sun and Xu (2014); ECB validation reporting 2.5.4.
    """
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    found = area(table, samples)
    low, high = _interval(found, table, level)
    z = (found.value - 0.5) / found.se if found.se > 0 else math.copysign(math.inf, found.value - 0.5)
    return Estimate(
        value=found.value,
        low=max(low - found.bound, 0.0),
        high=min(high + found.bound, 1.0),
        level=level,
        method="DeLong, logit scale",
        n=table.n,
        events=table.n_events,
        p_value=1.0 if found.value == 0.5 else float(2 * sps.norm.sf(abs(z))),  # noqa: PLR2004 - no ranking
        bound=found.bound,
        mde=power.mde(found.se, alpha=1 - level) if found.se > 0 else None,
        mde_unit="distance from 0.5",
        detail={"se": found.se, "roc": roc(samples), "gains": cap(samples)},
    )


def _interval(found: Area, table: ScoreTable, level: float) -> tuple[float, float]:
    if 0 < found.value < 1 and found.se > 0:
        return intervals.logit_normal(found.value, found.se, level)
    smaller = min(table.n_events, table.n - table.n_events)
    if found.value in {0.0, 1.0}:
        return intervals.clopper_pearson(found.value * smaller, smaller, level)
    return found.value, found.value


def _scaled(found: Measured, unit: str) -> Measured:
    """Return an AUC estimate as 2 A - 1."""
    if isinstance(found, Undefined):
        return found
    low, high = found.low, found.high
    return found.model_copy(
        update={
            "value": 2 * found.value - 1,
            "low": None if low is None else 2 * low - 1,
            "high": None if high is None else 2 * high - 1,
            "bound": 2 * found.bound,
            "mde": None if found.mde is None else 2 * found.mde,
            "mde_unit": unit,
            "detail": {"se": 2 * float(found.detail["se"])},
        }
    )


def gini(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Gini coefficient (accuracy ratio): ``2 AUC - 1``, with the AUC's interval and test carried over."""
    return _scaled(auc(table, level=level), "distance from 0")


def somers_d(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Somers' D of outcome given score: concordant less discordant pairs over all pairs of an event and a non-event.

    Equals ``2 AUC - 1`` with ties one half, and so shares its interval. Source: BCBS working paper 14.
    """
    return gini(table, level=level)


def drop(reference: ScoreTable, current: ScoreTable, *, level: float = 0.95) -> Measured:
    """AUC lost since the reference: ``A_ref - A_cur``, two independent samples.

    The variance is the sum of both DeLong variances; ``p_value`` is one-sided, H0: nothing was lost. Undefined when
    either side has one class. A different mix of accounts moves the AUC without any loss of power in the score.
    """
    sides = [(t, split(t)) for t in (reference, current)]
    for _, samples in sides:
        if isinstance(samples, Undefined):
            return samples
    was, now = (area(t, s) for t, s in sides if isinstance(s, Split))
    se, bound = math.hypot(was.se, now.se), was.bound + now.bound
    value = was.value - now.value
    low, high = intervals.normal(value, se, level)
    return Estimate(
        value=value, low=low - bound, high=high + bound, level=level, method="DeLong, independent samples",
        n=current.n, events=current.n_events, p_value=_upper(value, se), bound=bound,
        mde=power.mde(se, alpha=1 - level, sides=1) if se > 0 else None, mde_unit="AUC lost",
        detail={"reference": was.value, "current": now.value, "se": se},
    )  # fmt: skip


def vs_initial(table: ScoreTable, *, level: float = 0.95, initial: float | None = None) -> Measured:
    """The ECB's test of current discrimination against the value at initial validation.

    ``S = (A_init - A) / s`` with DeLong's s and A_init taken as known; ``p_value = 1 - Phi(S)``, H0: A_init <= A. It
    overstates significance, for A_init was an estimate too. The value is the loss A_init - A. Not applicable without
    the parameter `initial`. Source: ECB instructions for reporting validation results (2019) 2.5.4.1.
    """
    if initial is None:
        return Undefined(because="no initial AUC is given (parameter `initial`)", kind="not-applicable")
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    found = area(table, samples)
    value = initial - found.value
    low, high = intervals.normal(value, found.se, level)
    return Estimate(
        value=value, low=low - found.bound, high=high + found.bound, level=level, method="DeLong, initial value fixed",
        n=table.n, events=table.n_events, p_value=_upper(value, found.se), bound=found.bound,
        mde=power.mde(found.se, alpha=1 - level, sides=1) if found.se > 0 else None, mde_unit="AUC lost",
        detail={"initial": initial, "current": found.value, "se": found.se},
    )  # fmt: skip


def _upper(value: float, se: float) -> float:
    """One-sided p-value of a positive difference; without variance only its sign counts."""
    if se <= 0:
        return 0.0 if value > 0 else 1.0
    return float(sps.norm.sf(value / se))
