"""Jeffreys tests: is a predicted rate too low, or too high?"""

from __future__ import annotations

import math
from typing import Any

from scipy.special import betainc, betaincc

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.stats import intervals, power
from secondline.stats.calibration import rates
from secondline.stats.calibration.rates import Rates

RELATIVE = "share of the predicted rate"


def understatement(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Jeffreys test that the predicted rate is not too low, over all groups as one.

    H0: the mean prediction PD is at least the true rate. With D events among N rows the p-value is the distribution
    function of Beta(D + 1/2, N - D + 1/2) at PD; a small one says that risk is understated. The value is the
    observed minus the predicted rate, its interval Jeffreys' equal-tailed one for the observed rate, moved by the
    prediction. ``mde`` is the smallest understatement these rows detect, as a share of PD. Over predictions that
    differ the test is on the safe side of its level, because the variance of a mixture of Bernoulli draws is below
    the binomial's. Events are taken as independent. Weighted rows enter as Kish's effective counts. ``detail`` has
    the opposite tail (small when risk is overstated) and the rates by group. Source: ECB, Instructions for
    reporting the validation results of internal models (2019), 2.5.3.1.
    """
    found = rates.of(groups)
    if isinstance(found, Undefined):
        return found
    if found.predicted == 0.0 and found.events == 0.0:
        return Undefined(because="the prediction is exactly 0 and nothing happened", n=found.rows, events=0)
    p = _cdf(found)
    alpha = 1.0 - level
    mde = power.mde_rate(found.predicted, found.n, alpha=alpha) / found.predicted if found.predicted > 0 else None
    return _estimate(groups, found, level, p=p, mde=mde, more={"p_overstated": 1.0 - p})


def conservatism(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Jeffreys test that the predicted rate is not too high: the other tail of ``understatement``.

    H0: the mean prediction PD is at most the true rate. The p-value is the upper tail of Beta(D + 1/2, N - D + 1/2)
    beyond PD; a small one says that risk is overstated. Value, interval, weights and ``detail`` as there; ``mde``
    is the smallest overstatement these rows detect, as a share of PD (above 1 none can be). Source: as there,
    tested apart.
    """
    found = rates.of(groups)
    if isinstance(found, Undefined):
        return found
    if found.predicted == 1.0 and found.observed == 1.0:
        return Undefined(because="the prediction is exactly 1 and nothing else happened", n=found.rows)
    sd = math.sqrt(found.predicted * (1.0 - found.predicted) / found.n)
    mde = power.mde(sd, alpha=1.0 - level, sides=1) / found.predicted if found.predicted > 0 else None
    p = float(betaincc(found.events + 0.5, found.n - found.events + 0.5, found.predicted))
    return _estimate(groups, found, level, p=p, mde=mde, more={"p_understated": _cdf(found)})


def _cdf(found: Rates) -> float:
    return float(betainc(found.events + 0.5, found.n - found.events + 0.5, found.predicted))


def _estimate(
    groups: GroupTable, found: Rates, level: float, *, p: float, mde: float | None, more: dict[str, Any]
) -> Estimate:
    interval = intervals.jeffreys(found.events, found.n, level)
    detail = found.detail(interval) | more
    return Estimate(
        value=found.gap,
        low=interval.low - found.predicted,
        high=interval.high - found.predicted,
        level=level,
        method=found.method("Jeffreys"),
        n=found.rows,
        events=found.event_rows,
        p_value=p,
        mde=mde,
        mde_unit=RELATIVE,
        detail=detail | ({"bands": rates.bands(groups, level)} if len(groups.levels) > 1 else {}),
    )
