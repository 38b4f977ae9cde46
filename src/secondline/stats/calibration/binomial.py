"""Binomial tests of a predicted rate: exact for independent events, and with a common factor behind them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from scipy.integrate import quad
from scipy.special import betainc, ndtr, ndtri
from scipy.stats import binom

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.stats import intervals, power
from secondline.stats.calibration import rates
from secondline.stats.calibration.jeffreys import RELATIVE
from secondline.stats.calibration.rates import Rates

_FAR = 9.0  # beyond so many standard deviations of the factor lies no probability that a double can hold


def independent(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Exact binomial test that the predicted rate is not too low.

    H0: events are independent with the mean prediction PD. The p-value is P(Bin(N, PD) >= D). The value is the
    observed minus the predicted rate, its interval Clopper and Pearson's moved by the prediction; ``mde`` the
    smallest understatement these rows detect, as a share of PD. ``detail`` gives the critical number of events k*
    (the smallest k with P(Bin >= k) <= 1 - q) for q = 0.95, 0.99, 0.999, and its normal approximation, which is too
    low for small rates. Events that move together make this test reject too often: read it beside ``correlated``.
    Weighted rows enter as Kish's effective counts. Source: BCBS working paper 14 (2005), Studies on the validation
    of internal rating systems.
    """
    found = _found(groups)
    if isinstance(found, Undefined):
        return found
    detail = {"critical": [_critical(found, q) for q in (0.95, 0.99, 0.999)]}
    mde = power.mde_rate(found.predicted, found.n, alpha=1.0 - level) / found.predicted
    p = upper_tail(found.events, found.n, found.predicted)
    return _estimate(found, level, "exact binomial", p=p, mde=mde, detail=detail)


def correlated(groups: GroupTable, *, level: float = 0.95, rho: float = 0.05, q: float = 0.95) -> Measured:
    """Binomial test that the predicted rate is not too low when one common factor moves all events.

    H0: given a standard normal factor y, events are independent with probability ``Phi((Phi^-1(PD) + sqrt(rho) y) /
    sqrt(1 - rho))``, PD the mean prediction and *rho* the asset correlation. The p-value is P(events >= D), the
    binomial tail averaged over y, exact for the rows at hand. ``detail`` has the critical rate of an infinitely
    large portfolio at *q*, ``p* = Phi((Phi^-1(PD) + sqrt(rho) Phi^-1(q)) / sqrt(1 - rho))``. With rho = 0 it is the
    exact binomial test. Value and interval are those of ``independent``, so the interval does not carry the
    correlation; ``mde`` (a share of PD) does, to normal order. Source: BCBS working paper 14 (2005); Vasicek
    (2002), Risk 15.
    """
    if not 0.0 <= rho < 1.0:
        raise ValueError(f"rho must lie in [0, 1); got {rho}")
    found = _found(groups)
    if isinstance(found, Undefined):
        return found
    p = _mixed_tail(found, rho) if rho > 0 else upper_tail(found.events, found.n, found.predicted)
    detail = {"rho": rho, "q": q, "critical_rate": one_factor(found.predicted, rho, float(ndtri(q)))}
    name = f"binomial with one factor, correlation {rho:g}"
    mde = _correlated_mde(found, rho, 1.0 - level)
    return _estimate(found, level, name, p=p, mde=mde, detail=detail)


def upper_tail(events: float, n: float, p: float) -> float:
    """Return P(Bin(n, p) >= events), continued smoothly to fractional counts."""
    return 1.0 if events <= 0 else float(betainc(events, max(n - events, 0.0) + 1.0, p))


def one_factor(pd: float, rho: float, y: float) -> float:
    """Return the rate of events when the common factor is *y*; high *y* is a bad year.

    >>> round(one_factor(0.01, 0.05, 1.6448536269514722), 7)
    0.0222459
    """
    return float(ndtr((float(ndtri(pd)) + math.sqrt(rho) * y) / math.sqrt(1.0 - rho)))


def _found(groups: GroupTable) -> Rates | Undefined:
    found = rates.of(groups)
    if isinstance(found, Undefined) or 0.0 < found.predicted < 1.0:
        return found
    because = f"the mean prediction is exactly {found.predicted:g}, so no count of events is random under it"
    return Undefined(because=because, n=found.rows, events=found.event_rows, needed="predictions within (0, 1)")


def _critical(found: Rates, q: float) -> dict[str, float]:
    n, pd = round(found.n), found.predicted
    middle, spread = n * pd, math.sqrt(n * pd * (1.0 - pd))
    return {"q": q, "events": float(binom.ppf(q, n, pd)) + 1.0, "normal": middle + float(ndtri(q)) * spread}


def _mixed_tail(found: Rates, rho: float) -> float:
    """Return the binomial tail averaged over the factor; the integrand is a step near the y that makes D likely."""
    step, width = _step(found, rho)
    edges = sorted({-_FAR, *(min(max(step + k * width, -_FAR), _FAR) for k in (-8.0, 0.0, 8.0)), _FAR})

    def integrand(y: float) -> float:
        tail = upper_tail(found.events, found.n, one_factor(found.predicted, rho, y))
        return tail * math.exp(-y * y / 2.0) / math.sqrt(2.0 * math.pi)

    parts = (quad(integrand, low, high, epsabs=1e-10, epsrel=1e-8)[0] for low, high in pairwise(edges))
    return min(math.fsum(parts), 1.0)


def _step(found: Rates, rho: float) -> tuple[float, float]:
    """Return the factor at which the conditional rate is the observed one, and how wide the binomial blurs it there."""
    rate = min(max(found.events, 0.5), found.n - 0.5) / found.n if found.n > 1 else 0.5
    middle = float(ndtri(rate))
    y = (math.sqrt(1.0 - rho) * middle - float(ndtri(found.predicted))) / math.sqrt(rho)
    slope = math.exp(-middle * middle / 2.0) / math.sqrt(2.0 * math.pi) * math.sqrt(rho / (1.0 - rho))
    return y, math.sqrt(rate * (1.0 - rate) / found.n) / slope


def _correlated_mde(found: Rates, rho: float, alpha: float) -> float:
    """Return the understatement detected with 80 % power: the factor's part and the rows' part added as variances."""
    reach = float(ndtri(0.8)) + float(ndtri(1.0 - alpha))
    by_factor = float(ndtr(float(ndtri(found.predicted)) + math.sqrt(rho) * reach)) / found.predicted - 1.0
    by_rows = power.mde_rate(found.predicted, found.n, alpha=alpha) / found.predicted
    return math.hypot(by_factor, by_rows)


def _estimate(found: Rates, level: float, name: str, *, p: float, mde: float, detail: dict[str, Any]) -> Estimate:
    interval = intervals.clopper_pearson(found.events, found.n, level)
    return Estimate(
        value=found.gap,
        low=interval.low - found.predicted,
        high=interval.high - found.predicted,
        level=level,
        method=found.method(name),
        n=found.rows,
        events=found.event_rows,
        p_value=p,
        mde=mde,
        mde_unit=RELATIVE,
        detail=found.detail(interval) | detail,
    )
