"""Confidence sequences invert their mixtures exactly, cover at all looks at once, and know their edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln

from make import at_most, no_number, number
from secondline.core.errors import SpecError
from secondline.stats import intervals
from secondline.stats.monitoring import confidence


def test_rate_ends_solve_robbins_equation() -> None:
    """At both ends the mixture likelihood ratio is 1 / (1 - level)."""
    found = confidence.rate_interval(30, 400, 0.95)
    for p in found:
        log_e = betaln(30.5, 370.5) - betaln(0.5, 0.5) - 30 * math.log(p) - 370 * math.log1p(-p)
        assert log_e == pytest.approx(math.log(20.0), abs=1e-6)


def test_mean_is_robbins_normal_mixture() -> None:
    """The reach solves the closed-form boundary of the normal mixture for the sum of centred rows."""
    e = number(confidence.mean(500, 1_000.0, 3_000.0, around=500))
    assert e.high is not None
    s = math.sqrt((3_000 / 500 - 4.0) * 500 / 499)
    r2 = (-2 * math.log(0.05) + math.log(-2 * math.log(0.05) + 1)) / 500
    z = (e.high - e.value) * 500 / s
    # Where the mixture martingale (n r^2 + 1)^(-1/2) exp(r^2 z^2 / (2 (n r^2 + 1))) reaches 1 / alpha.
    assert -math.log(500 * r2 + 1) / 2 + r2 * z * z / (2 * (500 * r2 + 1)) == pytest.approx(math.log(20.0))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_sequence_is_wider_than_one_look(events: int, rest: int) -> None:
    """It holds the estimate and Clopper and Pearson's interval is never wider by more than rounding."""
    n = events + rest
    if n:
        found, one = confidence.rate_interval(events, n), intervals.wilson(events, n)
        assert found.low <= events / n <= found.high
        assert found.high - found.low >= 0.99 * (one.high - one.low)


@given(st.integers(0, 50), st.integers(1, 50))
def test_rate_mirrors(events: int, rest: int) -> None:
    """Events and non-events exchanged mirror the interval."""
    a, b = confidence.rate_interval(events, events + rest), confidence.rate_interval(rest, events + rest)
    assert (a.low, a.high) == pytest.approx((1 - b.high, 1 - b.low), abs=1e-9)


@pytest.mark.slow
def test_sequences_cover_at_all_looks_at_once() -> None:
    """Of 300 streams of a year no more miss, at any look, than 5 % allow: rate and difference from a baseline."""
    rng, missed, apart = np.random.default_rng(8), 0, 0
    for _ in range(300):
        s, base = np.cumsum(rng.binomial(300, 0.03, 120)), int(rng.binomial(5_000, 0.03))
        looks = [(int(a), 300 * (k + 1)) for k, a in enumerate(s)][::3]
        found = [confidence.rate_interval(a, n) for a, n in looks]
        missed += not all(x.low <= 0.03 <= x.high for x in found)
        gaps = [number(confidence.difference(a, n, base, 5_000)) for a, n in looks]
        apart += not all(g.low <= 0 <= g.high for g in gaps if g.low is not None and g.high is not None)
    assert missed <= at_most(300)
    assert apart <= at_most(300)


def test_bounded_mean_covers_and_beats_hoeffding() -> None:
    """Of 50 samples few miss; with little spread the interval is a fraction of Hoeffding's for one look."""
    rng, missed = np.random.default_rng(9), 0
    for _ in range(50):
        e = number(confidence.bounded_mean(rng.beta(2, 18, 400)))
        assert e.low is not None
        assert e.high is not None
        missed += not e.low <= 0.1 <= e.high
        assert e.high - e.low < 2 * math.sqrt(math.log(40) / 800) / 2
    assert missed <= at_most(50)


def test_bounded_mean_takes_any_range() -> None:
    """Values on another range give the interval on that range, and NaN takes no part."""
    x = np.random.default_rng(1).random(50)
    a = number(confidence.bounded_mean(x))
    b = number(confidence.bounded_mean(np.append(10 + 5 * x, np.nan), floor=10, ceiling=15))
    assert (b.value, b.low, b.high) == pytest.approx([10 + 5 * v for v in (a.value, a.low or 0, a.high or 0)])


def test_bounded_mean_of_zeros_and_ones() -> None:
    """All values at an end leave the other side open, and the interval ends inside."""
    zeros, ones = (number(confidence.bounded_mean(np.full(100, v))) for v in (0.0, 1.0))
    assert zeros.low == 0.0
    assert zeros.high is not None
    assert 0.03 < zeros.high < 0.2
    assert ones.low == pytest.approx(1 - zeros.high, abs=1e-3)


def test_difference_is_undefined_without_rows() -> None:
    """Either side without rows has no difference, and says which."""
    assert "stream" in no_number(confidence.difference(0, 0, 1, 10)).because
    assert "baseline" in no_number(confidence.difference(1, 10, 0, 0)).because


def test_nothing_has_no_interval() -> None:
    """No rows, no values and one row give no number; equal values are said to be so."""
    no_number(confidence.rate(0, 0))
    no_number(confidence.bounded_mean(np.array([np.nan])))
    no_number(confidence.mean(1, 1.0, 1.0))
    assert "equal" in number(confidence.mean(10, 10.0, 10.0)).warnings[0]
    assert confidence.rate_interval(0, 0) == (0.0, 1.0)


def test_zero_and_all_events() -> None:
    """No events end at 0 and only events at 1."""
    assert confidence.rate_interval(0, 50).low == 0.0
    assert confidence.rate_interval(50, 50).high == 1.0
    assert confidence.rate_interval(0, 50).high > intervals.clopper_pearson(0, 50).high


def test_narrowed_keeps_what_both_leave() -> None:
    """The intersection of two looks; an empty one is said to be a change."""
    early, later = number(confidence.rate(5, 100)), number(confidence.rate(55, 1_000))
    both = confidence.narrowed(early, later)
    assert (both.low, both.high) == (later.low, later.high)
    moved = confidence.narrowed(number(confidence.rate(1, 1_000)), number(confidence.rate(500, 1_000)))
    assert "moved" in moved.warnings[0]
    bare = later.model_copy(update={"low": None})
    assert confidence.narrowed(bare, later) is later


def test_prior_helps_where_it_is_right() -> None:
    """A prior around the truth makes the interval narrower early."""
    plain, told = confidence.rate_interval(2, 100), confidence.rate_interval(2, 100, prior=(2.0, 98.0))
    assert told.high - told.low < plain.high - plain.low
    assert stats.beta(2, 98).mean() == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: confidence.rate_interval(3, 2), "3 events"),
        (lambda: confidence.bounded_mean(np.array([2.0])), "between"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """Impossible counts and values are refused."""
    with pytest.raises(SpecError, match=says):
        make()
