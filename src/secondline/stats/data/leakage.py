"""Leakage: features, missingness or single values that know the outcome too well; and what a feature honestly knows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Histogram, Sample, ScoreTable
from secondline.core.tables._arrays import FloatArray, floats, ints
from secondline.stats import intervals, power
from secondline.stats.discrimination.auc import Area, area, auc
from secondline.stats.discrimination.curves import split

ALPHA = 0.001
SPLITS, SPLIT_SEED = 20, 20260417
SHRINK = 10.0
"""Rows of average risk added to each level of a category before ranking, so that rare levels rank in the middle."""


def feature_auc(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """AUC of one feature alone, whichever way it points: ``max(A, 1 - A)``, with DeLong's interval.

    A numeric feature is ranked by its bins in order (missing values and other special cells by their shrunken event
    rate); the bins coarsen it, so its AUC is a little too low, never too high. A category is ranked by the event rate
    of its levels, each shrunk by ten rows of average risk, on one random half of the rows, and its AUC is taken on the
    other, both ways round, over twenty seeded splits: no row's own outcome ranks it, so that many levels of pure noise
    stay near 0.5. Undefined with one class.
    """
    events, rest = histogram.event_weight, histogram.nonevent_weight
    if not events.sum() or not rest.sum():
        return Undefined(
            because="only one class is present", n=int(histogram.rows.sum()), needed="rows of both classes"
        )
    if not histogram.bins.numeric:
        return _category_auc(histogram, level)
    found = auc(_numeric_table(histogram), level=level)
    if isinstance(found, Undefined) or found.value >= 0.5:  # noqa: PLR2004 - no ranking
        return found
    low = None if found.high is None else 1 - found.high
    high = None if found.low is None else 1 - found.low
    return found.model_copy(
        update={"value": 1 - found.value, "low": low, "high": high, "detail": {"direction": "falling"}}
    )


def _numeric_table(histogram: Histogram) -> ScoreTable:
    rank = np.arange(len(histogram.rows), dtype=np.float64)
    rate = _shrunken_rate(histogram.event_weight, histogram.nonevent_weight)
    ordinary = np.arange(histogram.bins.size)
    for cell in range(histogram.bins.size, len(rank)):
        # A special cell takes the rank of the ordinary bin whose risk is nearest.
        rank[cell] = ordinary[np.argmin(np.abs(rate[ordinary] - rate[cell]))] if len(ordinary) else 0.0
    return _table(rank, histogram.event_weight, histogram.nonevent_weight)


def _category_auc(histogram: Histogram, level: float) -> Measured:
    rng = np.random.default_rng(SPLIT_SEED)
    found = [half for _ in range(SPLITS) for half in _halves(histogram, rng)]
    n, events = int(histogram.rows.sum()), float(histogram.event_rows.sum())
    if len(found) < SPLITS:
        because = "too few rows of each class to rank levels on one half and judge them on the other"
        return Undefined(because=because, n=n, events=events, needed="more rows of both classes")
    value = float(np.mean([half.value for half in found]))
    # Splits share their rows: averaging them takes out the noise of splitting, not that of the sample.
    se = float(np.mean([half.se for half in found])) / math.sqrt(2)
    low, high = intervals.normal(value, se, level)
    return Estimate(
        value=value, low=max(low, 0.0), high=min(high, 1.0), level=level, method="DeLong, cross-fitted on halves",
        n=n, events=events, mde=power.mde(se, alpha=1 - level), mde_unit="distance from 0.5",
    )  # fmt: skip


def _halves(histogram: Histogram, rng: np.random.Generator) -> Iterator[Area]:
    """Yield the AUC of either half of one random split, its levels ranked on the other."""
    rows = histogram.event_rows, histogram.nonevent_rows
    weight = [
        w / np.maximum(n, 1) for w, n in zip((histogram.event_weight, histogram.nonevent_weight), rows, strict=True)
    ]
    first = [rng.binomial(n, 0.5) for n in rows]
    halves = first, [n - some for n, some in zip(rows, first, strict=True)]
    for half, other in (halves, halves[::-1]):
        ranked, judged = ([floats(n * w) for n, w in zip(side, weight, strict=True)] for side in (other, half))
        table = _table(_shrunken_rate(*ranked), *judged)
        samples = split(table)
        if not isinstance(samples, Undefined) and min(part.sum() for part in ranked) > 0:
            yield area(table, samples)


def _shrunken_rate(events: FloatArray, rest: FloatArray) -> npt.NDArray[np.float64]:
    base = events.sum() / (events.sum() + rest.sum())
    return np.asarray((events + SHRINK * base) / (events + rest + SHRINK))


def _table(key: npt.NDArray[np.float64], events: Any, rest: Any) -> ScoreTable:
    unique, place = np.unique(key, return_inverse=True)

    def total(values: Any) -> FloatArray:
        return floats(np.bincount(place, weights=values, minlength=len(unique)))

    e, w = total(events), total(events + rest)
    filled = w > 0
    w, e, unique = floats(w[filled]), floats(e[filled]), unique[filled]
    zero = floats(np.zeros(len(unique)))
    return ScoreTable(
        key=floats(unique), rows=ints(w.round()), event_rows=ints(e.round()), weight=w, event_weight=e, weight_sq=w,
        event_weight_sq=e, score_weight=floats(w * unique), score_sq=zero, score_event=zero, log_loss=zero,
    )  # fmt: skip


def missing_auc(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """AUC of the fact alone that the value is missing, whichever way: ``(1 + |m1 - m0|) / 2``.

    m1 and m0 are the shares missing among events and non-events; Newcombe's interval of their difference carries over.
    Not applicable when nothing is missing. A high value suggests that the field is filled after the outcome.
    """
    at = [i for i, name in enumerate(histogram.bins.labels) if name in {"(missing)", "(not a number)"}]
    gone = (float(histogram.event_rows[at].sum()), float(histogram.nonevent_rows[at].sum()))
    all_ = (float(histogram.event_rows.sum()), float(histogram.nonevent_rows.sum()))
    if not sum(gone):
        return Undefined(because="no labelled row lacks this value", kind="not-applicable")
    if not all(all_):
        return Undefined(because="only one class is present", n=sum(all_), needed="rows of both classes")
    gap = gone[0] / all_[0] - gone[1] / all_[1]
    low, high = intervals.newcombe(gone[0], all_[0], gone[1], all_[1], level)
    ends = sorted((abs(low), abs(high)))
    floor = 0.0 if low <= 0 <= high else ends[0]
    detail = {"missing_among_events": gone[0] / all_[0], "missing_among_nonevents": gone[1] / all_[1]}
    return Estimate(
        value=(1 + abs(gap)) / 2, low=(1 + floor) / 2, high=(1 + ends[1]) / 2, level=level, method="Newcombe",
        n=sum(all_), events=all_[0], detail=detail,
    )  # fmt: skip


def pure_values(rows: Sample, column: str, *, level: float = 0.95, least: int = 30, purity: float = 0.99) -> Measured:
    """Number of exact values that many rows hold and (almost) one class only: the trace of an outcome-dependent fill.

    Each value held by at least *least* labelled rows of the sample is tested: H0, its event rate is the base rate
    (exact binomial, two-sided, Bonferroni over the values). It counts when H0 is rejected at 0.001 and at least
    *purity* of its rows are of one class. Such values betray imputation by class, which no single-feature AUC shows.
    Values that cover more than half of the rows are not tested: purity there is the base rate's.
    """
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    values = rows.columns[column]
    known = np.isfinite(label) & _present(values)
    if known.sum() < least or not 0 < label[known].mean() < 1:
        return Undefined(
            because="too few labelled rows, or one class only", n=int(known.sum()), needed="rows of both classes"
        )
    base = float(label[known].mean())
    unique, place = np.unique(
        values[known].astype(str) if values.dtype == object else values[known], return_inverse=True
    )
    count = np.bincount(place)
    events = np.bincount(place, weights=label[known])
    tested = np.flatnonzero((count >= least) & (count <= known.sum() / 2))
    rate = events / count
    pure = [i for i in tested if max(rate[i], 1 - rate[i]) >= purity]
    found = [
        {"value": str(unique[i]), "rows": int(count[i]), "event_rate": float(rate[i])}
        for i in pure
        if len(tested) * float(sps.binomtest(int(events[i]), int(count[i]), base).pvalue) < ALPHA
    ]
    detail = {"values": found[:20], "tested": len(tested), "base_rate": base}
    return Estimate(
        value=float(len(found)), level=level, n=int(known.sum()), events=float(label[known].sum()), detail=detail
    )


def _present(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if values.dtype == object:
        return np.array([v is not None for v in values], dtype=bool)
    return np.asarray(np.isfinite(values))


def information_value(histogram: Histogram, *, level: float = 0.95) -> Measured:
    """Information value of a feature, with what pure noise would give.

    ``IV = sum (g_b - e_b) ln(g_b / e_b)`` over cells, with g and e the shares of non-events and events, each count
    plus 1/2 so that empty cells stay finite. Under no signal IV is about ``(1/n_g + 1/n_e) chi2_(B-1)``: ``p_value``
    tests that, ``detail`` has the expected noise ``(B-1)(1/n_g + 1/n_e)`` and the value less the noise. Interval by
    the delta method. Undefined with one class. Source: neighbours' practice; Lin (2013).
    """
    e, g = histogram.event_weight, histogram.nonevent_weight
    filled = (e + g) > 0
    e, g = e[filled], g[filled]
    n_e, n_g = float(e.sum()), float(g.sum())
    if not n_e or not n_g:
        return Undefined(because="only one class is present", n=n_e + n_g, needed="rows of both classes")
    share_e, share_g = (e + 0.5) / (n_e + len(e) / 2), (g + 0.5) / (n_g + len(g) / 2)
    woe = np.log(share_g / share_e)
    value = float(((share_g - share_e) * woe).sum())
    unit = 1 / n_e + 1 / n_g
    df = len(e) - 1
    a, b = woe + 1 - share_e / share_g, 1 - share_g / share_e - woe
    variance = _variance(share_g, a) / n_g + _variance(share_e, b) / n_e
    se = float(np.sqrt(max(variance, 0.0) + 2 * df * unit * unit))
    low, high = intervals.normal(value - df * unit, se, level)
    detail = {"noise": df * unit, "less_noise": value - df * unit, "woe": woe.tolist(), "cells": len(e)}
    return Estimate(
        value=value, low=max(low, 0.0), high=max(high, 0.0), level=level, method="delta method, less the noise",
        n=n_e + n_g, events=n_e, p_value=float(sps.chi2.sf(value / unit, df)) if df else 1.0,
        mde=power.chi_square_noncentrality(df) * unit if df else None, mde_unit="information value", detail=detail,
    )  # fmt: skip


def _variance(share: npt.NDArray[np.float64], slope: npt.NDArray[np.float64]) -> float:
    return float((share * slope * slope).sum() - (share * slope).sum() ** 2)
