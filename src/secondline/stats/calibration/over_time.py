"""Back-tests over several years: is the prediction too low on average, or in too many years?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.stats.calibration import rates
from secondline.stats.calibration.jeffreys import RELATIVE
from secondline.stats.calibration.rates import Rates

Span = Literal["year", "quarter", "month"]
MOST_PERIODS = 9
COLOURS = ("green", "yellow", "orange", "red")
_SHARES = (0.5, 0.3, 0.15, 0.05)
_VALUES = (1000, 100, 10, 1)
_UNDATED = "no row has a month, a label and a score"


def normal_multi(groups: GroupTable, *, level: float = 0.95, period: Span = "year") -> Measured:
    """Multi-period test that the predicted rate is not too low on average over the years.

    H0: the mean over *period* of observed minus predicted rates d_t - p_t is at most 0. With T periods ``Z =
    sum(d_t - p_t) / (sqrt(T) tau)``, tau the sample standard deviation of the gaps, so that dependence within a
    year is taken in; the periods must be independent. The value is the mean gap. Because tau is estimated from few
    years, the p-value and the interval take Z as Student's t with T - 1 degrees of freedom; ``detail`` also has the
    normal p-value of the source, which rejects too often. ``mde`` is a share of the mean prediction. Periods count
    alike, whatever their size. Undefined for fewer than two periods or when all gaps are equal. Source: BCBS
    working paper 14 (2005), the normal test.
    """
    periods = _periods(groups, period)
    if isinstance(periods, Undefined):
        return periods
    gaps = np.array([p.gap for p in periods])
    rows, events = sum(p.rows for p in periods), sum(p.event_rows for p in periods)
    spread = float(gaps.std(ddof=1)) if len(gaps) > 1 else 0.0
    if spread == 0.0:
        because = f"{len(gaps)} {period}s leave no spread between the gaps of different {period}s"
        return Undefined(because=because, n=rows, events=events, needed=f"at least two {period}s with different gaps")
    value, se, df = float(gaps.mean()), spread / math.sqrt(len(gaps)), len(gaps) - 1
    mean = sum(p.predicted for p in periods) / len(periods)
    z, reach = value / se, float(stats.t.isf((1.0 - level) / 2.0, df)) * se
    return Estimate(
        value=value,
        low=value - reach,
        high=value + reach,
        level=level,
        method=f"Student's t over {len(gaps)} {period}s",
        n=rows,
        events=events,
        p_value=float(stats.t.sf(z, df)),
        mde=_detected(df, 1.0 - level) * se / mean if mean > 0 else None,
        mde_unit=RELATIVE,
        detail={"z": z, "p_normal": float(ndtr(-z)), "periods": [_row(p) for p in periods]},
    )


def traffic_lights(groups: GroupTable, *, level: float = 0.95, period: Span = "year") -> Measured:
    """Multi-period traffic lights: the predicted rate is not too low in too many years.

    H0: in every period t the rate is the mean prediction p_t, so that ``R_t = (D_t - N_t p_t) / sqrt(N_t p_t (1 -
    p_t))`` is nearly standard normal. R_t up to the 0.5 quantile is green, up to 0.8 yellow, up to 0.95 orange,
    beyond red. The value is ``V = 1000 green + 100 yellow + 10 orange + red``, the p-value P(V' <= V) when colours
    fall independently with probabilities 0.5, 0.3, 0.15 and 0.05 (multinomial, exact); it takes few values, so it
    is on the safe side. At most nine periods, or V would not be unique. Weighted rows enter as Kish's effective
    counts. Undefined without periods or when a prediction is exactly 0 or 1. Source: BCBS working paper 14 (2005),
    the extended traffic light approach; Blochwitz, Hohl and Wehn (2005), Wilmott Magazine.
    """
    periods = _periods(groups, period)
    if isinstance(periods, Undefined):
        return periods
    rows, events = sum(p.rows for p in periods), sum(p.event_rows for p in periods)
    if len(periods) > MOST_PERIODS:
        because = f"{len(periods)} {period}s are more than the {MOST_PERIODS} the method can tell apart"
        return Undefined(because=because, kind="not-applicable", n=rows, events=events)
    if any(not 0.0 < p.predicted < 1.0 for p in periods):
        return Undefined(because="a prediction is exactly 0 or 1, so its events are not random", n=rows, events=events)
    lights = [_light(p) for p in periods]
    value = sum(_VALUES[light] for light in lights)
    rows_of = [_row(p) | {"colour": COLOURS[light]} for p, light in zip(periods, lights, strict=True)]
    return Estimate(
        value=value,
        level=level,
        method=f"multinomial over {len(periods)} {period}s",
        n=rows,
        events=events,
        p_value=min(math.fsum(p for v, p in _distribution(len(periods)) if v <= value), 1.0),
        detail={"periods": rows_of},
    )


def _periods(groups: GroupTable, period: Span) -> list[Rates] | Undefined:
    """Return the rates of each calendar *period*, oldest first, from a table by month."""
    whole = rates.of(groups)
    if isinstance(whole, Undefined):
        return whole
    label = _named(period)
    months = [level for level in groups.levels if level[:4].isdigit()]
    spans = sorted({label(month) for month in months})
    found = []
    for span in spans:
        part = rates.of(groups.in_order(tuple(month for month in months if label(month) == span)))
        if isinstance(part, Rates):
            found.append(replace(part, level=span))
    return found or Undefined(because=_UNDATED, n=whole.rows, events=whole.event_rows)


def _named(period: Span) -> Callable[[str], str]:
    if period not in get_args(Span):
        raise ValueError(f"period must be one of {', '.join(get_args(Span))}; got {period!r}")
    if period == "quarter":
        return lambda month: f"{month[:4]}-Q{(int(month[5:7]) + 2) // 3}"
    return lambda month: month[: 4 if period == "year" else 7]


def _row(period: Rates) -> dict[str, Any]:
    counts = {"rows": period.rows, "events": period.event_rows}
    return {"period": period.level, **counts, "predicted": period.predicted, "observed": period.observed}


@cache
def _detected(df: int, alpha: float) -> float:
    """Return the effect, in standard errors, that a one-sided t test detects with 80 % power."""
    critical = float(stats.t.isf(alpha, df))
    return float(brentq(lambda delta: float(stats.nct.sf(critical, df, delta)) - 0.8, 0.0, 4.0 * critical + 10.0))


def _light(period: Rates) -> int:
    p = period.predicted
    r = (period.events - period.n * p) / math.sqrt(period.n * p * (1.0 - p))
    edges = [float(ndtri(share)) for share in np.cumsum(_SHARES)[:-1]]
    return sum(r > edge for edge in edges)


@cache
def _distribution(periods: int) -> tuple[tuple[int, float], ...]:
    """Return each value of V and its probability when colours fall independently."""
    out = []
    bars = [(i, j, k) for i in range(periods + 1) for j in range(i, periods + 1) for k in range(j, periods + 1)]
    for cut in bars:
        counts = [b - a for a, b in pairwise((0, *cut, periods))]
        ways = math.factorial(periods) / math.prod(math.factorial(c) for c in counts)
        chance = ways * math.prod(share**c for share, c in zip(_SHARES, counts, strict=True))
        out.append((sum(v * c for v, c in zip(_VALUES, counts, strict=True)), chance))
    return tuple(out)
