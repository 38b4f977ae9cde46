"""Actual over expected events."""

from __future__ import annotations

import math

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.stats import intervals, power
from secondline.stats.calibration import rates


def actual_expected(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Actual over expected events, over all groups as one: above 1 the prediction is too low.

    ``A / E`` with A the (weighted) events and E the sum of the predictions. Garwood's exact interval for a Poisson
    count A, divided by E: safe for predictions of any size, wider than needed when rates are high. Weighted rows
    enter as Kish's effective counts. ``mde`` is the smallest distance from 1 that these rows detect two-sided, from
    the variance of A when the predictions are right. ``detail`` has the rates by group. Undefined when nothing is
    expected. Events that move together (a bad year) make the true interval wider. Source: practice; Garwood (1936),
    Biometrika 28.
    """
    found = rates.of(groups)
    if isinstance(found, Undefined):
        return found
    if found.predicted <= 0.0:
        return Undefined(because="no event is expected", n=found.rows, needed="predictions above 0")
    expected = found.predicted * found.n
    interval = intervals.poisson(found.events, level)
    spread = math.sqrt(float(groups.score_var.sum())) / float(groups.score_weight.sum())
    counts = {"actual": float(groups.event_weight.sum()), "expected": float(groups.score_weight.sum())}
    return Estimate(
        value=found.observed / found.predicted,
        low=interval.low / expected,
        high=interval.high / expected,
        level=level,
        method=found.method("exact Poisson"),
        n=found.rows,
        events=found.event_rows,
        mde=power.mde(spread, alpha=1.0 - level),
        mde_unit="distance from 1",
        detail=counts | ({"bands": rates.bands(groups, level)} if len(groups.levels) > 1 else {}),
    )
