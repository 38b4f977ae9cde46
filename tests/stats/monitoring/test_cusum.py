"""CUSUM run lengths are the published ones and those of simulation."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.errors import SpecError
from secondline.stats.monitoring import cusum
from secondline.stats.monitoring.cusum import Cusum


@pytest.mark.parametrize(
    ("threshold", "shift", "expected"),
    [(4.0, 0.0, 168.0), (5.0, 0.0, 465.0), (4.0, 1.0, 8.38), (5.0, 1.0, 10.4), (4.0, 0.5, 26.6), (5.0, 0.5, 38.0),
     (4.0, 2.0, 3.34), (5.0, 3.0, 2.57)],
)  # fmt: skip
def test_normal_run_lengths_are_the_published_ones(threshold: float, shift: float, expected: float) -> None:
    """Lucas and Crosier's (1982) table of the two-sided chart with allowance 1/2."""
    up, down = (cusum.normal_arl(threshold, 0.5, s) for s in (shift, -shift))
    assert cusum.two_sided(up, down) == pytest.approx(expected, rel=0.01)


def test_siegmund_is_near() -> None:
    """Siegmund's approximation is within 2 % of the exact value, and has its limit at no drift."""
    for h in (4.0, 5.0, 8.0):
        assert cusum.siegmund_arl(h) == pytest.approx(cusum.normal_arl(h), rel=0.02)
    assert cusum.siegmund_arl(5.0, 0.5, 0.5) == pytest.approx(6.166**2)
    assert cusum.siegmund_arl(5.0, 0.5, 0.5001) == pytest.approx(6.166**2, rel=0.01)


def run_length(steps: Any, threshold: float) -> float:
    """Return the mean run length of a chart over a long row of steps, restarted after each alarm."""
    value, alarms = 0.0, 0
    for step in steps.tolist():
        value = max(0.0, value + step)
        if value > threshold:
            value, alarms = 0.0, alarms + 1
    return len(steps) / alarms


@pytest.mark.parametrize(("n", "rate", "threshold"), [(1, 0.02, 0.9), (500, 0.02, 3.0), (500, 0.03, 3.0)])
def test_bernoulli_run_lengths_are_those_of_simulation(n: int, rate: float, threshold: float) -> None:
    """Brook and Evans' chain agrees with 300,000 simulated steps, before and after the shift."""
    rng = np.random.default_rng(6)
    events = rng.binomial(n, rate, 300_000)
    steps = cusum.bernoulli_step(0, n, 0.02, 0.03) + events * (
        cusum.bernoulli_step(1, 1, 0.02, 0.03) - cusum.bernoulli_step(0, 1, 0.02, 0.03)
    )
    expected = cusum.bernoulli_arl(threshold, 0.02, 0.03, n, rate=rate)
    assert run_length(steps, threshold) == pytest.approx(expected, rel=0.07)


def test_thresholds_give_the_run_length_asked_for() -> None:
    """The threshold found has the ARL; exp(threshold) never exceeds it (Lorden's bound)."""
    h = cusum.bernoulli_threshold(365, 0.02, 0.03, 500)
    assert cusum.bernoulli_arl(h, 0.02, 0.03, 500) == pytest.approx(365, rel=0.01)
    assert math.exp(h) <= 365
    assert cusum.normal_arl(cusum.normal_threshold(500.0)) == pytest.approx(500.0)


def test_the_step_is_the_log_likelihood_ratio() -> None:
    """Two events of five rows: twice the log ratio of the rates and three times that of their complements."""
    assert cusum.bernoulli_step(2, 5, 0.1, 0.2) == pytest.approx(2 * math.log(2) + 3 * math.log(0.8 / 0.9))
    assert cusum.normal_step(1.2, 1.0, 0.1) == pytest.approx(1.5)


@given(st.lists(st.floats(-5, 5), max_size=30), st.integers(0, 30))
def test_a_chart_goes_on_after_a_restart(steps: list[float], cut: int) -> None:
    """Read back from JSON in the middle, a chart ends where one that never stopped ends; repeats change nothing."""
    whole = part = Cusum(4.0)
    for key, step in enumerate(steps):
        whole = whole.take(key, step)
        part = part.take(key, step).take(key, 100.0)
        if key == cut:
            part = Cusum.from_json(json.loads(json.dumps(part.to_json())))
    assert part == whole
    assert whole.value >= 0.0


def test_a_chart_dates_the_shift() -> None:
    """It alarms above its threshold, says after which key it last stood at 0, and starts anew."""
    chart = Cusum(2.0)
    for key, step in enumerate([-1.0, -1.0, 1.5, 1.5, -9.0]):
        chart = chart.take(key, step)
    assert chart.alarm == 3
    seen = Cusum(2.0).take(0, -1.0).take(1, -1.0).take(2, 1.5).take(3, 1.5)
    assert seen.began == 1
    assert seen.renewed() == Cusum(2.0, through=3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Cusum(0.0), "threshold"),
        (lambda: Cusum(1.0).take(0, math.nan), "number"),
        (lambda: cusum.bernoulli_step(1, 2, 0.1, 0.1), "differ"),
        (lambda: cusum.bernoulli_step(3, 2, 0.1, 0.2), "3 events"),
        (lambda: cusum.normal_step(1.0, 1.0, 0.0), "standard error"),
        (lambda: cusum.normal_arl(0.0), "threshold"),
        (lambda: cusum.bernoulli_arl(1.0, 0.1, 0.2, 0), "one row"),
        (lambda: cusum.normal_threshold(1.0), "above 2"),
        (lambda: cusum.bernoulli_threshold(1.0, 0.1, 0.2), "above 2"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """A chart or step that cannot be meant is refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
