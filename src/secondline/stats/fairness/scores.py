"""Scores by group: the standardised gap, and whether a score means the same risk in every group."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample, ScoreTable
from secondline.stats import intervals
from secondline.stats.calibration.logistic import slope
from secondline.stats.fairness.groups import Floats, Found, Mask, grouped, scored, worst
from secondline.stats.weights import effective_n

BANDS = 5
FLAT = 1e-12  # a spread that is only rounding, relative to the size of the numbers


def score_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest standardised mean difference of the score, group less control, positive where the group scores riskier.

    The denominator is the pooled standard deviation of the two groups; the standard error is
    ``sqrt(1/n + 1/m + d^2 / (2 (n + m)))``, normal interval. Weighted means and variances with Kish's sizes. Undefined
    without two groups of the smallest size, or when the score does not vary in them. Source: Hedges and Olkin, 1985.
    """
    score, usable = scored(rows)
    w = rows.weight
    groups = grouped(rows, column, spec, usable)
    if isinstance(groups, Undefined):
        return groups
    found: list[Found] = []
    for name, mask in groups.others:
        one = standardised(score, w, mask, groups.masks[groups.control], groups.each(level))
        if one is None:
            return Undefined(because="the score does not vary within the groups", n=rows.size)
        found.append({"group": name, "rows": int(mask.sum()), **one})
    return worst(rows, groups, found, level, "normal, Hedges and Olkin", lowest=False)


def standardised(values: Floats, w: Floats, mask: Mask, control: Mask, each: float) -> Found | None:
    """Return the standardised mean difference with its interval; None when the values do not vary."""
    mean, variance, n = moments(values, w, mask)
    base, other, m = moments(values, w, control)
    pooled = math.sqrt(((n - 1) * variance + (m - 1) * other) / (n + m - 2))
    if pooled <= FLAT * max(abs(mean), abs(base)):
        return None
    d = (mean - base) / pooled
    span = intervals.normal(d, math.sqrt(1 / n + 1 / m + d * d / (2 * (n + m))), each)
    return {"mean": mean, "control mean": base, "value": d, "low": span.low, "high": span.high}


def spread(values: Floats) -> float:
    """Return the standard deviation of some numbers; 0 where they differ by rounding only, or there are none."""
    if not len(values):
        return 0.0
    found = float(values.std())
    return found if found > FLAT * float(np.abs(values).max()) else 0.0


def moments(values: Floats, weight: Floats, mask: Mask) -> tuple[float, float, float]:
    """Return the weighted mean, the variance and Kish's size of some rows."""
    v, w = values[mask], weight[mask]
    n = effective_n(float(w.sum()), float((w * w).sum()))
    mean = float(np.average(v, weights=w))
    return mean, float(np.average((v - mean) ** 2, weights=w)) * n / max(n - 1, 1), n


def calibration_parity(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Observed over expected events of a group, over the same of the control group: the ratio furthest from 1.

    Above 1 the group has more events than its scores say, compared with the control: the score favours it. Given the
    events of both, those of the group are binomial with share ``q r / (q r + 1 - q)``, where q is its share of the
    expected events and r the ratio: the interval is Clopper and Pearson's and the test of r = 1 exact for Poisson
    events (conservative for rare binary ones). Weighted events count by Kish's factor. The ends run from the lowest to
    the highest over the groups, simultaneous. ``detail`` has observed and expected rates, the difference of their
    gaps, each group's calibration slope (None where none fits) and its rates by fifths of the score. Undefined for
    points, and without events in the control group. Sources: Przyborowski and Wilenski (1940); Cox (1958).
    """
    if spec.score.kind != "probability":
        return Undefined(because="the score is not a probability", kind="not-applicable", n=rows.size)
    score, usable = scored(rows)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    groups = grouped(rows, column, spec, usable & np.isfinite(label))
    if isinstance(groups, Undefined):
        return groups
    w = rows.weight
    base = _counted(score, label, w, groups.masks[groups.control])
    if base[0] <= 0 or base[1] <= 0:
        because = f"the control group {groups.control!r} has no events"
        return Undefined(because=because, n=groups.size, events=0, needed="events in the control group")
    edges = np.quantile(score[np.logical_or.reduce(list(groups.masks.values()))], np.linspace(0, 1, BANDS + 1)[1:-1])
    found = [
        {"group": name, "rows": int(mask.sum()), **_ratio(_counted(score, label, w, mask), base, groups.each(level))}
        for name, mask in groups.others
    ]
    told = worst(rows, groups, found, level, "Clopper-Pearson, given the events of both", lowest=False)
    top = max(found, key=lambda one: abs(math.log(one["value"])) if one["value"] > 0 else math.inf)
    each = [{"group": n, "slope": _slope(score, label, w, m), "bands": _bands(score, label, w, m, edges)}
            for n, m in groups.masks.items()]  # fmt: skip
    return told.model_copy(
        update={"value": top["value"], "low": min(one["low"] for one in found), "events": base[2] + sum(
            float(label[mask].sum()) for _, mask in groups.others),
            "p_value": min(1.0, len(found) * min(one["p"] for one in found)),
            "detail": {**told.detail, "worst": top["group"], "by group": each}}
    )  # fmt: skip


def _counted(score: Floats, label: Floats, w: Floats, mask: Mask) -> tuple[float, float, float, float]:
    """Return events and expected events in effective rows, events as they are, and effective rows."""
    n = effective_n(float(w[mask].sum()), float((w[mask] ** 2).sum()))
    scale = n / float(w[mask].sum())
    return float(w[mask] @ label[mask]) * scale, float(w[mask] @ score[mask]) * scale, float(label[mask].sum()), n


def _ratio(mine: tuple[float, float, float, float], base: tuple[float, float, float, float], each: float) -> Found:
    share = mine[1] / (mine[1] + base[1])
    total = mine[0] + base[0]
    span = intervals.clopper_pearson(mine[0], total, each)
    odds = share / (1 - share)
    most = 1 - 1e-12  # an upper end of 1 would be an infinite ratio
    low, high = (min(end, most) / (1 - min(end, most)) / odds for end in span)
    gap = (mine[0] - mine[1]) / mine[3] - (base[0] - base[1]) / base[3]
    return {"observed": mine[0] / mine[3], "expected": mine[1] / mine[3], "control observed": base[0] / base[3],
            "control expected": base[1] / base[3], "difference": gap,
            "value": (mine[0] / mine[1]) / (base[0] / base[1]), "low": low, "high": high,
            "p": exact(mine[0], total, share)}  # fmt: skip


def exact(hits: float, n: float, share: float) -> float:
    """Return the two-sided exact binomial p, twice the smaller tail; *hits* may be fractional.

    >>> round(exact(7, 10, 0.5), 6)  # 2 (120 + 45 + 10 + 1) / 1024
    0.34375
    """
    upper = 1.0 if hits <= 0 else float(betainc(hits, n - hits + 1, share))
    lower = 1.0 if hits >= n else 1 - float(betainc(hits + 1, n - hits, share))
    return min(1.0, 2 * min(upper, lower))


def _slope(score: Floats, label: Floats, w: Floats, mask: Mask) -> Found | None:
    found = slope(ScoreTable.of(score[mask], label[mask], w[mask]))
    return {"value": found.value, "low": found.low, "high": found.high} if isinstance(found, Estimate) else None


def _bands(score: Floats, label: Floats, w: Floats, mask: Mask, edges: Floats) -> list[Found]:
    place = np.searchsorted(edges, score, side="right")
    told = []
    for band in range(len(edges) + 1):
        some = mask & (place == band)
        if not some.any():
            continue
        events, expected, _, n = _counted(score, label, w, some)
        span = intervals.wilson(events, n)
        told.append({"band": band + 1, "rows": int(some.sum()), "predicted": expected / n, "observed": events / n,
                     "low": span.low, "high": span.high})  # fmt: skip
    return told
