"""With the control arm the rate of all traffic is unbiased and covered; without it, it is neither."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.stats import intervals
from secondline.stats.monitoring import selection


def let_through(rng: np.random.Generator, n: int, chance: float = 0.1) -> tuple[Any, Any, float]:
    """Draw labelled cases and their chances, risky ones blocked but for a random share; return the true rate too."""
    risk = rng.beta(1, 8, n)
    pi = np.where(risk > 0.3, chance, 1.0)
    y = (rng.random(n) < risk).astype(float)
    seen = rng.random(n) < pi
    return y[seen], pi[seen], float(y.mean())


def test_unbiased_and_covered_where_the_naive_rate_is_not() -> None:
    """Over 300 windows the mean errors of Hájek and Horvitz-Thompson are within noise, the naive one far outside."""
    rng, errors, missed = np.random.default_rng(0), [], 0
    for _ in range(300):
        y, pi, true = let_through(rng, 4_000)
        e = number(selection.rate(y, pi, total=4_000))
        assert e.low is not None
        assert e.high is not None
        errors.append([e.value - true, e.detail["horvitz_thompson"] - true, e.detail["naive"] - true])
        missed += not e.low <= true <= e.high
    mean, se = np.mean(errors, axis=0), np.std(errors, axis=0) / np.sqrt(300)
    assert np.all(np.abs(mean[:2]) < 4 * se[:2])
    assert mean[2] < -20 * se[2]
    assert missed <= at_most(300)


def test_standard_errors_are_those_of_simulation() -> None:
    """Both standard errors are the spread over fresh populations."""
    rng = np.random.default_rng(1)
    found = [number(selection.rate(*let_through(rng, 4_000)[:2], total=4_000)) for _ in range(400)]
    assert np.mean([e.detail["se"] for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.15)
    thompson = [e.detail["horvitz_thompson"] for e in found]
    assert np.mean([e.detail["horvitz_thompson_se"] for e in found]) == pytest.approx(np.std(thompson), rel=0.15)


def test_all_let_through_is_the_plain_rate() -> None:
    """When every chance is 1 the rate and its interval are Wilson's."""
    y = np.repeat([1.0, 0.0], [20, 80])
    e = number(selection.rate(y, np.ones(100)))
    assert (e.value, e.low, e.high) == pytest.approx((0.2, *intervals.wilson(20, 100)))
    assert e.detail["effective_rows"] == 100
    assert no_number(selection.bias(y, np.ones(100))).kind == "not-applicable"


def test_a_control_arm_without_events_is_not_certain() -> None:
    """Ten control cases without an event stand for a hundred blocked ones that may have some."""
    y, pi = np.zeros(910), np.repeat([1.0, 0.1], [900, 10])
    e = number(selection.rate(y, pi))
    assert e.value == 0.0
    assert e.high is not None
    assert 5 * intervals.wilson(0, 1_000).high < e.high


def test_bias_is_found_and_covered() -> None:
    """What the naive rate misses has an interval that excludes 0 and holds the true bias."""
    rng, missed, seen = np.random.default_rng(2), 0, 0
    for _ in range(100):
        y, pi, true = let_through(rng, 8_000, 0.2)
        e = number(selection.bias(y, pi))
        assert e.low is not None
        assert e.high is not None
        assert e.p_value is not None
        missed += not e.low <= float(y.mean()) - true <= e.high
        seen += e.p_value < 1e-3 and e.value < 0
    assert missed <= at_most(100)
    assert seen > 90


def test_unreachable_traffic_widens_it_to_all_it_could_be() -> None:
    """If 10 % is never let through, between none and all of it may be events, and a warning says so."""
    y = np.repeat([1.0, 0.0], [20, 80])
    e = number(selection.rate(y, np.ones(100), unreachable=0.1))
    x = intervals.wilson(20, 100)
    assert (e.low, e.high) == pytest.approx((0.9 * x.low, 0.9 * x.high + 0.1))
    assert "never let through" in e.warnings[0]


def test_a_heavy_case_is_said() -> None:
    """One control case that stands for most of the traffic is warned about."""
    e = number(selection.rate(np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.01])))
    assert "one case carries 98%" in e.warnings[0]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1.0)), min_size=1, max_size=120))
def test_the_interval_holds_the_value(rows: list[tuple[bool, float]]) -> None:
    """Whatever the chances, many or few, the rate is a share inside its interval."""
    e = number(selection.rate(np.array([float(a) for a, _ in rows]), np.array([b for _, b in rows])))
    assert e.low is not None
    assert e.high is not None
    assert 0.0 <= e.low <= e.value + 1e-12
    assert e.value <= e.high + 1e-12 <= 1.0 + 1e-11


def test_what_is_missing_or_cannot_be_meant() -> None:
    """Unlabelled rows take no part, none left has no rate, and a chance of 0 is refused."""
    assert number(selection.rate(np.array([1.0, np.nan]), np.array([1.0, 0.5]))).n == 1
    no_number(selection.rate(np.array([np.nan]), np.array([1.0])))
    no_number(selection.bias(np.array([np.nan]), np.array([1.0])))
    for chance in (0.0, 1.5, np.nan):
        with pytest.raises(SpecError, match="chance"):
            selection.rate(np.array([1.0]), np.array([chance]))
    with pytest.raises(SpecError, match="unreachable"):
        selection.rate(np.array([1.0]), np.array([1.0]), unreachable=1.0)
