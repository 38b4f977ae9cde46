"""Confidence sequences: intervals that cover at every look at once, however many looks and whenever one stops.

Each is the interval at one look. The chance that any of the intervals, over an unlimited future, misses the truth is
at most 1 - level; the intersection of all so far (`narrowed`) covers too. They are wider than an interval for one
look, by a factor that grows like the square root of log log n: the price of looking whenever one likes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, logsumexp

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.intervals import Interval
from secondline.stats.monitoring.nulls import required

GRID = 2_000
BETS = 0.9 / 2.0 ** np.arange(12)


def rate(events: float, n: float, *, level: float = 0.95, prior: tuple[float, float] = (0.5, 0.5)) -> Measured:
    """Rate of a stream of outcomes that each have, given the past, the same chance.

    All rates p with ``B(a + s, b + n - s) / (B(a, b) p^s (1 - p)^(n - s)) < 1 / (1 - level)``, a and b the *prior*'s:
    Robbins' mixture, exact at every n. A prior near the rate expected makes it narrower early, and wrong priors only
    cost width. Give weighted rows as Kish's effective counts. Undefined without rows. Source: Robbins (1970), Annals
    of Mathematical Statistics 41, 1397.
    """
    if n <= 0:
        return Undefined(because="there are no rows", needed="rows")
    low, high = rate_interval(events, n, level, prior)
    return Estimate(
        value=events / n, low=low, high=high, level=level, method="confidence sequence, beta mixture", n=n,
        events=events, detail={"anytime": True},
    )  # fmt: skip


def rate_interval(events: float, n: float, level: float = 0.95, prior: tuple[float, float] = (0.5, 0.5)) -> Interval:
    """Return the ends of `rate` at one look; [0, 1] without rows."""
    required(0 <= events <= n, f"There cannot be {events} events among {n} rows.")
    a, b = prior
    bar = float(betaln(a + events, b + n - events) - betaln(a, b)) + math.log1p(-level)

    def inside(p: float) -> float:
        return _bernoulli(events, n, p) - bar

    top = events / n if n > 0 else 0.5
    tiny = 1e-300
    low = 0.0 if events <= 0 or inside(tiny) >= 0 else _root(inside, tiny, top)
    high = 1.0 if events >= n or inside(1.0 - 1e-16) >= 0 else _root(inside, top, 1.0 - 1e-16)
    return Interval(low, high)


def _bernoulli(events: float, n: float, p: float) -> float:
    return (events * math.log(p) if events > 0 else 0.0) + ((n - events) * math.log1p(-p) if events < n else 0.0)


def _root(inside: Callable[[float], Any], low: float, high: float) -> float:
    low, high = max(low, 1e-300), min(high, 1.0 - 1e-16)
    return float(brentq(inside, low, high, xtol=1e-16, rtol=1e-12))


def difference(
    events: float,
    n: float,
    base_events: float,
    base_n: float,
    *,
    level: float = 0.95,
    prior: tuple[float, float] | None = None,
) -> Measured:
    """Rate of a stream less the rate of a fixed baseline that is itself an estimate.

    Half of the error is the stream's (a confidence sequence), half the baseline's (Clopper and Pearson, looked at
    once): the difference of the ends covers at every look, exactly and conservatively. The *prior* is one around the
    baseline with the weight of a hundred rows by default, so it does not depend on the stream. Undefined when either
    side has no rows.
    """
    if n <= 0 or base_n <= 0:
        which = "stream" if n <= 0 else "baseline"
        return Undefined(because=f"the {which} has no rows", needed="rows on both sides")
    centre = (base_events + 0.5) / (base_n + 1.0)
    half = 1.0 - (1.0 - level) / 2.0
    stream = rate_interval(events, n, half, prior or (100.0 * centre, 100.0 * (1.0 - centre)))
    base = intervals.clopper_pearson(base_events, base_n, half)
    return Estimate(
        value=events / n - base_events / base_n,
        low=stream.low - base.high,
        high=stream.high - base.low,
        level=level,
        method="confidence sequence less Clopper-Pearson",
        n=n,
        events=events,
        detail={"anytime": True, "baseline": base_events / base_n, "baseline_n": base_n, "rate": events / n},
    )


def mean(n: float, total: float, squares: float, *, level: float = 0.95, around: float = 1_000.0) -> Measured:
    """Mean of an unbounded value, from rows, their total and their sum of squares.

    ``mean +- s sqrt((2 (n r^2 + 1) / (n^2 r^2)) log(sqrt(n r^2 + 1) / (1 - level)))``, narrowest near *around* rows.
    Covers at every look after enough rows for the central limit to hold: asymptotic, unlike `bounded_mean`. With
    heavy tails (amounts) give a hundred events or more. Undefined for fewer than two rows. Source: Waudby-Smith,
    Arbour, Sinha, Kennedy and Ramdas (2024), Annals of Statistics 52, 2613, theorem 2.2.
    """
    if n < 2:  # noqa: PLR2004 - a variance needs two rows
        return Undefined(because="a mean's spread needs two rows", n=n, needed="two rows or more")
    value = total / n
    spread = math.sqrt(max(squares / n - value * value, 0.0) * n / (n - 1))
    error = 1.0 - level
    r2 = (-2.0 * math.log(error) + math.log(-2.0 * math.log(error) + 1.0)) / around
    wide = n * r2 + 1.0
    reach = spread * math.sqrt(2.0 * wide / (n * n * r2) * (math.log(wide) / 2.0 - math.log(error)))
    warnings = () if spread > 0 else ("all values are equal, so the spread is not known",)
    return Estimate(
        value=value, low=value - reach, high=value + reach, level=level, n=n, warnings=warnings,
        method="asymptotic confidence sequence", detail={"anytime": True, "se": spread / math.sqrt(n)},
    )  # fmt: skip


def bounded_mean(values: FloatArray, *, floor: float = 0.0, ceiling: float = 1.0, level: float = 0.95) -> Measured:
    """Mean of values in [floor, ceiling], in the order they came: exact for every law and sample size.

    All m against which two gamblers, on a rise and on a fall, did not make their capital 1 / (1 - level) fold: each
    bets a mixture of twelve shares from 0.9 of the largest possible down by twos. Narrower than Hoeffding's or
    Bernstein's wherever the spread is below its maximum. Solved to 1/2,000 of the range, outwards. NaN takes no part;
    a value outside the range is refused. Undefined without values. Source: Waudby-Smith and Ramdas (2024), JRSS B 86.
    """
    x = np.asarray(values, dtype=np.float64)
    x = (x[~np.isnan(x)] - floor) / (ceiling - floor)
    if not len(x):
        return Undefined(because="there are no values", needed="values")
    required(bool(np.all((x >= 0.0) & (x <= 1.0))), f"Values must lie between {floor} and {ceiling}.")
    bar, top = -math.log1p(-level), float(x.mean())
    low = _edge(lambda m: _capital(x, m) < bar, top, 0.0)
    high = _edge(lambda m: _capital(x, m) < bar, top, 1.0)
    width = ceiling - floor
    return Estimate(
        value=floor + width * top, low=floor + width * low, high=floor + width * high, level=level, n=len(x),
        method="confidence sequence, betting", detail={"anytime": True},
    )  # fmt: skip


def _capital(x: FloatArray, m: float) -> float:
    """Return the log of the larger gambler's capital against mean *m*, halved as both play."""
    gain = x - m
    rise = [math.fsum(np.log1p(b / m * gain)) if m > 0 else (math.inf if gain.max() > 0 else 0.0) for b in BETS]
    fall = [math.fsum(np.log1p(-b / (1 - m) * gain)) if m < 1 else (math.inf if gain.min() < 0 else 0.0) for b in BETS]
    return float(logsumexp([*rise, *fall])) - math.log(2.0 * len(BETS))


def _edge(inside: Callable[[float], Any], top: float, end: float) -> float:
    """Return the first point outside, walking from *top* to *end* by halving; the set is an interval around *top*."""
    if inside(end):
        return end
    near, far = top, end
    while abs(far - near) > 1.0 / GRID / 10.0:
        middle = (near + far) / 2.0
        near, far = (middle, far) if inside(middle) else (near, middle)
    return far


def narrowed(before: Estimate, now: Estimate) -> Estimate:
    """Return *now* with the interval that both leave: valid, as a confidence sequence covers at all looks at once.

    An empty intersection is proof, at the level, that the quantity moved between the looks: *now* is returned as it
    is, with a warning that says so.
    """
    if before.low is None or before.high is None or now.low is None or now.high is None:
        return now
    low, high = max(before.low, now.low), min(before.high, now.high)
    if low > high:
        moved = f"outside the interval of an earlier look ({before.low:.6g} to {before.high:.6g}): it has moved"
        return now.model_copy(update={"warnings": (*now.warnings, moved)})
    return now.model_copy(update={"low": low, "high": high})
