"""Blocked traffic has no labels: rates of all traffic from the cases let through, some of them at random.

A control arm lets a random share of what would be blocked through. Each labelled case had a known chance pi of being
let through (1 where the model approved), so a weight of 1 / pi makes the labelled cases stand for all traffic. Source:
Horvitz and Thompson (1952), JASA 47, 663; Hájek (1971); Lunceford and Davidian (2004), Statistics in Medicine 23.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.intervals import Interval
from secondline.stats.weights import effective_n

HEAVY = 0.2
STRATA = 50


@dataclass(frozen=True, slots=True)
class _Seen:
    """Labelled cases: outcome and weight 1 / pi."""

    y: FloatArray
    w: FloatArray


def rate(
    label: FloatArray,
    chance: FloatArray,
    *,
    total: float | None = None,
    unreachable: float = 0.0,
    level: float = 0.95,
) -> Measured:
    """Rate of events of all traffic, from labelled cases with a known *chance* of having been let through.

    Hájek's ``sum y / pi over sum 1 / pi``; with *total*, the traffic the labelled cases stand for, Horvitz and
    Thompson's ``sum y / pi over total`` is in ``detail``: unbiased, and usually less precise. The interval is
    Newcombe's (MOVER) over groups of equal chance with Wilson's interval in each, so that a control arm without events
    is not thought certain; the randomness of how many were let through is added. Rows without a label take no part:
    all labels of the window must be mature. *unreachable* is the share of traffic that is never let through (pi = 0):
    the value is that of the rest, and the interval is widened to all that share could be. ``detail`` has Kish's
    effective rows and the naive rate. Undefined without labelled cases.
    """
    if not 0.0 <= unreachable < 1.0:
        raise SpecError(f"The unreachable share must be at least 0 and below 1; got {unreachable}.")
    seen = _seen(label, chance)
    n, mass = len(seen.y), float(seen.w.sum())
    if not n:
        return Undefined(because="no case that was let through has a label", needed="labelled cases")
    value = float(seen.w @ seen.y) / mass
    found = _interval(seen, value, level)
    low, high = found.low * (1.0 - unreachable), found.high * (1.0 - unreachable) + unreachable
    spread = math.sqrt(float((seen.w**2 * (seen.y - value) ** 2).sum())) / mass
    kish = effective_n(mass, float((seen.w**2).sum()))
    detail = {
        "naive": float(seen.y.mean()), "se": spread, "effective_rows": kish, "unreachable": unreachable,
        "smallest_chance": float(1.0 / seen.w.max()), "stands_for": mass,
    }  # fmt: skip
    if total is not None:
        detail |= {"horvitz_thompson": float(seen.w @ seen.y) / total, "horvitz_thompson_se": _thompson(seen, total)}
    return Estimate(
        value=value, low=low, high=high, level=level, method="inverse probability (Hájek), MOVER", n=n,
        events=float(seen.y.sum()), detail=detail, warnings=_warnings(seen, unreachable),
    )  # fmt: skip


def bias(label: FloatArray, chance: FloatArray, *, level: float = 0.95) -> Measured:
    """How far the rate of labelled cases, taken as they are, lies from that of all traffic: naive less weighted.

    Below 0, what one sees is better than what comes in. The variance takes in that both rest on the same rows: ``sum
    ((y - m) / n - w (y - r) / W)^2``. Wald's interval; two-sided p-value for no bias. Undefined without labelled cases,
    or where all had one chance, so that there is nothing to compare (``not-applicable``).
    """
    seen = _seen(label, chance)
    n, mass = len(seen.y), float(seen.w.sum())
    if not n:
        return Undefined(because="no case that was let through has a label", needed="labelled cases")
    if np.ptp(seen.w) == 0.0:
        return Undefined(because="all cases had the same chance of being let through", kind="not-applicable", n=n)
    naive, weighted = float(seen.y.mean()), float(seen.w @ seen.y) / mass
    pull = (seen.y - naive) / n - seen.w * (seen.y - weighted) / mass
    se = math.sqrt(float(pull @ pull))
    value = naive - weighted
    low, high = intervals.normal(value, se, level)
    return Estimate(
        value=value, low=low, high=high, level=level, method="influence function, Wald", n=n,
        events=float(seen.y.sum()), p_value=math.erfc(abs(value) / se / math.sqrt(2.0)) if se > 0 else 1.0,
        detail={"naive": naive, "weighted": weighted, "se": se}, warnings=_warnings(seen, 0.0),
    )  # fmt: skip


def _seen(label: FloatArray, chance: FloatArray) -> _Seen:
    y, pi = np.asarray(label, dtype=np.float64), np.asarray(chance, dtype=np.float64)
    if y.shape != pi.shape or not np.all((pi > 0.0) & (pi <= 1.0)):
        raise SpecError("Each case let through needs its chance of that, above 0 and at most 1.")
    use = (y == 0) | (y == 1)
    return _Seen(y[use], 1.0 / pi[use])


def _interval(seen: _Seen, value: float, level: float) -> Interval:
    mass, z = float(seen.w.sum()), intervals.z_of(level)
    down = up = 0.0
    for group in _groups(seen.w):
        y, w = seen.y[group], seen.w[group]
        share, own = float(w.sum()) / mass, float(w @ y) / float(w.sum())
        n = effective_n(float(w.sum()), float((w**2).sum()))
        part = intervals.wilson(own * n, n, level)
        # How many of the group were let through is random too, unless all are.
        drawn = z * z * float((w * (w - 1.0)).sum()) * (own - value) ** 2 / mass**2
        down += (share * (own - part.low)) ** 2 + drawn
        up += (share * (part.high - own)) ** 2 + drawn
    return Interval(max(value - math.sqrt(max(down, 0.0)), 0.0), min(value + math.sqrt(max(up, 0.0)), 1.0))


def _groups(w: FloatArray) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the rows of each distinct weight, or of fifty bands of weight when there are more."""
    levels = np.unique(w)
    if len(levels) > STRATA:
        cuts = np.unique(np.quantile(w, np.linspace(0.0, 1.0, STRATA + 1)[1:-1]))
        place = np.searchsorted(cuts, w)
        return [place == k for k in np.unique(place)]
    return [w == level for level in levels]


def _thompson(seen: _Seen, total: float) -> float:
    # Poisson sampling, and the outcomes' own variance, of which the labelled events are the estimate.
    mean = float(seen.w @ seen.y) / total
    design = float((seen.w * (seen.w - 1.0) * seen.y).sum()) / total**2
    return math.sqrt(max(design, 0.0) + max(mean * (1.0 - mean), 0.0) / total)


def _warnings(seen: _Seen, unreachable: float) -> tuple[str, ...]:
    heaviest = float(seen.w.max() / seen.w.sum())
    said = [(heaviest > HEAVY, f"one case carries {heaviest:.0%} of the weight: let more through at random")]
    said += [(unreachable > 0, f"{unreachable:.1%} of traffic is never let through, and nothing is known of it")]
    return tuple(text for so, text in said if so)
