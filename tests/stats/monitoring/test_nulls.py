"""Each null's evidence equals the integral it stands for, is fair under the null, and adds over rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from secondline.core.errors import SpecError
from secondline.stats.monitoring.nulls import (
    CalibratedWithin,
    MeanWithin,
    Null,
    RateWithin,
    WindowsWithin,
    both,
)

RATE = RateWithin(0.2, 0.2, 0.1, "rise")


def e_value(null: Null, sums: Any) -> float:
    """Return the e-value of one row of sums."""
    return math.exp(float(null.log_e(np.array(sums, dtype=float))))


def test_rate_equals_the_integral() -> None:
    """The closed form is the likelihood ratio integrated over the truncated Beta law."""
    weight = 0.2 * 0.8 / 0.01 - 1.0
    law = stats.beta(weight * 0.2, weight * 0.8)

    def ratio(p: float) -> float:
        return float((p / 0.2) ** 7 * ((1 - p) / 0.8) ** 13 * law.pdf(p))

    whole, _ = integrate.quad(ratio, 0.2, 1.0)
    assert e_value(RATE, [20, 7]) == pytest.approx(whole / law.sf(0.2), rel=1e-8)


def test_windows_equal_the_integral() -> None:
    """The closed form is the normal likelihood ratio integrated over the half-normal law of rises."""
    null = WindowsWithin(0.7, 0.7, 0.05, "rise")
    sums = np.sum([null.increment(v, se) for v, se in ((0.75, 0.02), (0.72, 0.03))], axis=0)
    s, v = sums[2] - 0.7 * sums[1], sums[1]
    whole, _ = integrate.quad(lambda d: math.exp(d * s - d * d * v / 2) * 2 * stats.norm.pdf(d, 0, 0.05), 0, 1)
    assert e_value(null, sums) == pytest.approx(whole, rel=1e-8)


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_rate_is_fair_or_worse_under_the_null(rate: float) -> None:
    """Over every outcome of ten rows the mean e-value is 1 at the bound, and below 1 inside the null."""
    mean = sum(stats.binom.pmf(s, 10, rate) * e_value(RATE, [10, s]) for s in range(11))
    assert mean == pytest.approx(1.0) if rate == 0.2 else mean < 1.0


def test_two_sides_are_fair() -> None:
    """With both sides watched and a range as null, the mean e-value is at most 1 at both ends and between."""
    null = RateWithin(0.1, 0.3, 0.1)
    for rate in (0.1, 0.2, 0.3):
        assert sum(stats.binom.pmf(s, 12, rate) * e_value(null, [12, s]) for s in range(13)) <= 1.0 + 1e-12


@pytest.mark.parametrize("sides", ["both", "rise", "fall"])
def test_calibration_is_fair(sides: Any) -> None:
    """Over every outcome of three rows with their own predictions the mean e-value is 1."""
    null, p = CalibratedWithin(sides=sides), np.array([0.1, 0.4, 0.8])
    mean = 0.0
    for outcome in np.ndindex(2, 2, 2):
        y = np.array(outcome, dtype=float)
        mean += float(np.prod(np.where(y == 1, p, 1 - p))) * e_value(null, null.increment(p, y))
    assert mean == pytest.approx(1.0)


def test_tolerated_odds_are_within_the_null() -> None:
    """With a factor of 1.5 tolerated, outcomes whose odds are 1.5 times the predicted are fair, and twice are not."""
    null = CalibratedWithin(1.5, "rise")
    for factor, fair in ((1.0, True), (1.5, True), (2.0, False)):
        q = 0.2 * factor / (0.8 + 0.2 * factor)
        mean = q * e_value(null, null.increment(np.array([0.2]), np.array([1.0])))
        mean += (1 - q) * e_value(null, null.increment(np.array([0.2]), np.array([0.0])))
        assert (mean <= 1.0 + 1e-12) is fair


def test_mean_is_fair_for_any_law() -> None:
    """For a two-point and a three-point law with the null's mean the mean e-value of a row is 1."""
    null = MeanWithin(0.3, 0.3)
    for values, chances in (([0.0, 1.0], [0.7, 0.3]), ([0.1, 0.3, 0.9], [0.375, 0.5, 0.125])):
        mean = sum(c * e_value(null, null.increment(np.array([v]))) for v, c in zip(values, chances, strict=True))
        assert mean == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=30), st.integers(0, 30))
def test_sums_add(rows: list[tuple[float, bool]], cut: int) -> None:
    """Rows taken in two parts give the sums, and so the evidence, of all at once, in any order."""
    p, y = np.array([a for a, _ in rows]), np.array([float(b) for _, b in rows])
    one, mean = CalibratedWithin(), MeanWithin(0.4, 0.5)
    for whole, parts in (
        (one.increment(p, y), (one.increment(p[cut:], y[cut:]), one.increment(p[:cut], y[:cut]))),
        (mean.increment(p), (mean.increment(p[cut:]), mean.increment(p[:cut]))),
    ):
        assert np.allclose(whole, np.sum(parts, axis=0), atol=1e-9)


@given(st.integers(0, 200), st.integers(1, 200))
def test_more_events_are_more_evidence_of_a_rise(events: int, rest: int) -> None:
    """Evidence of a rise grows with each event, and evidence of a fall with each non-event."""
    n, fall = events + rest, RateWithin(0.2, 0.2, 0.1, "fall")
    assert e_value(RATE, [n, events + 1]) >= e_value(RATE, [n, events])
    assert e_value(fall, [n, events + 1]) <= e_value(fall, [n, events])


def test_groups_stand_for_rows() -> None:
    """A group with its count gives the sums of its rows, and NaN and empty groups take no part."""
    null = CalibratedWithin()
    rows = null.increment(np.array([0.1, 0.1, 0.3, np.nan]), np.array([0.0, 1.0, 1.0, 1.0]))
    groups = null.increment(np.array([0.1, 0.3, 0.5]), np.array([1.0, 1.0, 0.0]), np.array([2.0, 1.0, 0.0]))
    assert np.allclose(rows, groups)


def test_a_coarse_cell_is_on_the_safe_side() -> None:
    """Rows given as one group at their mean prediction never carry more evidence than row by row."""
    null, p = CalibratedWithin(), np.array([0.05, 0.1, 0.2, 0.4])
    for hits in range(5):
        y = np.array([1.0] * hits + [0.0] * (4 - hits))
        group = null.increment(np.array([p.mean()]), np.array([float(hits)]), np.array([4.0]))
        assert e_value(null, group) <= e_value(null, null.increment(p, y)) + 1e-12


def test_a_baseline_widens_the_null() -> None:
    """The smaller the baseline, the wider the null; its bounds are Clopper and Pearson's at a part of the budget."""
    wide, narrow = (RateWithin.of_baseline(n / 50, n, shift=0.01, alpha=0.05) for n in (1_000, 100_000))
    assert wide.low < narrow.low < 0.02 < narrow.high < wide.high
    assert wide.spent == pytest.approx(0.05 / 11)
    found = stats.binomtest(20, 1_000).proportion_ci(1 - wide.spent)
    assert (wide.low, wide.high) == pytest.approx((found.low, found.high))


def test_a_baseline_without_events_has_a_bound_above_0() -> None:
    """A baseline that saw no event, or only events, still leaves a null."""
    assert RateWithin.of_baseline(0, 100, shift=0.01, alpha=0.05).high == pytest.approx(0.0581, abs=1e-3)
    assert RateWithin.of_baseline(100, 100, shift=0.01, alpha=0.05).low > 0.9


def test_a_known_baseline_of_windows_costs_nothing() -> None:
    """Without a standard error nothing is spent; with one, the bounds move by its quantile."""
    assert WindowsWithin.of_baseline(0.8, 0.0, shift=0.02, alpha=0.05).spent == 0.0
    null = WindowsWithin.of_baseline(0.8, 0.01, shift=0.02, alpha=0.05, sides="fall", tolerance=0.01)
    assert null.low == pytest.approx(0.8 - 0.01 - 0.01 * stats.norm.isf(0.05 / 11))


def test_both_is_the_mean() -> None:
    """Watching both sides takes the mean of two e-values."""
    two = both(np.array([math.log(3.0)]), np.array([0.0]), "both")
    assert math.exp(two[0]) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: RateWithin(0.0, 0.1, 0.1), "0 < low"),
        (lambda: RateWithin(0.3, 0.1, 0.1), "low <= high"),
        (lambda: RateWithin(0.1, 0.1, 0.0), "shift"),
        (lambda: RateWithin.of_baseline(3, 2, shift=0.1, alpha=0.05), "baseline"),
        (lambda: RATE.increment(3, 2), "3 events among 2"),
        (lambda: MeanWithin(0.0, 0.5), "floor < low"),
        (lambda: MeanWithin(0.4, 0.5).increment(np.array([1.5])), "between"),
        (lambda: CalibratedWithin(0.9), "at least 1"),
        (lambda: CalibratedWithin().increment(np.array([0.1]), np.array([2.0])), "Events"),
        (lambda: WindowsWithin(0.5, 0.4, 0.1), "low at most high"),
        (lambda: WindowsWithin(0.5, 0.5, 0.0), "shift"),
        (lambda: WindowsWithin(0.5, 0.5, 0.1).increment(0.5, 0.0), "se above 0"),
        (lambda: WindowsWithin.of_baseline(0.5, -1.0, shift=0.1, alpha=0.05), "negative"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """A null or increment that cannot be meant is refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
