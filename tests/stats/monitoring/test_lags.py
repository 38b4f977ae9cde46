"""Lag curves are right in spite of truncation, equal the chain ladder, and say when they drift."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make import at_most, no_number, number
from secondline.core.errors import MergeError, SpecError
from secondline.core.tables._arrays import ints
from secondline.stats.monitoring.lags import Curve, Lags, curve, drift
from secondline.stats.monitoring.mack import reserve


def drawn(
    seed: int, *, rate: float = 20.0, days: int = 90, slower: float = 1.0, split: int = 45, late: int = 40
) -> Lags:
    """Draw labels by day with gamma lags; from day *split* on they take *slower* times as long."""
    rng = np.random.default_rng(seed)
    made = np.repeat(np.arange(days), rng.poisson(rate, days))
    wait = rng.gamma(2, 6, len(made)) * np.where(made >= split, slower, 1.0)
    return Lags.of(made, np.minimum(wait.astype(int), late), today=days - 1, first=0, longest=late)


def curve_of(lags: Lags, tail: float | None = None) -> Curve:
    """Return the curve, failing the test where there is none."""
    found = curve(lags, tail=tail)
    assert isinstance(found, Curve)
    return found


def test_equals_the_chain_ladder() -> None:
    """F(d) is the product of the reciprocals of Mack's development factors, column by column."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(50, (8, 8)).astype(float)
    ages = np.arange(8, 0, -1)
    seen = np.arange(8) < ages[:, None]
    factors = number(reserve(np.where(seen, np.cumsum(counts, axis=1), np.nan))).detail["factors"]
    expected = np.append(1 / np.cumprod(factors[::-1])[::-1], 1.0)
    assert np.allclose(curve_of(Lags(counts, ints(ages))).shares, expected)


def test_truncation_does_not_fool_it() -> None:
    """In a growing book, where most labels seen are of young cases, F is right; the naive share is far too high."""
    rng = np.random.default_rng(1)
    made = np.repeat(np.arange(90), rng.poisson(5 * 1.05 ** np.arange(90)))
    wait = np.minimum(rng.gamma(2, 6, len(made)).astype(int), 40)
    found = curve_of(Lags.of(made, wait, today=89, first=0, longest=40))
    truth = np.mean(np.minimum(rng.gamma(2, 6, 200_000).astype(int), 40) <= 10)
    naive = np.mean(wait[made + wait <= 89] <= 10)
    assert found.shares[10] == pytest.approx(truth, abs=0.03)
    assert naive > truth + 0.04


@pytest.mark.slow
def test_maturity_covers() -> None:
    """The interval of F holds the truth in about 95 of a hundred samples."""
    truth = np.mean(np.minimum(np.random.default_rng(0).gamma(2, 6, 400_000).astype(int), 40) <= 9)
    inside = 0
    for seed in range(200):
        e = number(curve_of(drawn(seed)).maturity(10))
        assert e.low is not None
        assert e.high is not None
        inside += e.low <= truth <= e.high
    assert inside >= 200 - at_most(200)


def test_clusters_widen_it() -> None:
    """Labels that come in clusters of five give a dispersion near five; single ones near one."""
    single = drawn(3)
    assert curve_of(single).dispersion == pytest.approx(1.0, abs=0.4)
    five = Lags(5 * drawn(3, rate=4.0).counts, single.ages)
    assert curve_of(five).dispersion == pytest.approx(5.0, abs=2.0)


@given(st.integers(0, 1_000))
def test_a_curve_rises_to_one(seed: int) -> None:
    """F never falls, ends at 1 without a tail, and is 0 at age 0."""
    found = curve_of(drawn(seed, rate=2.0, days=30))
    assert np.all(np.diff(found.shares) >= 0)
    assert found.shares[-1] == 1.0
    assert float(found.at(0)) == 0.0
    assert float(found.at(10_000)) == 1.0
    assert found.relative_variance(10_000) == 0.0 <= found.relative_variance(5)


def test_a_stated_tail_is_taken_off() -> None:
    """With 5 % thought to come later, no age is more than 95 % mature; unstated, a warning says so."""
    found = curve_of(drawn(2), tail=0.05)
    assert float(found.at(1_000)) == pytest.approx(0.95)
    assert number(found.maturity(10)).warnings == ()
    assert "longest lag" in number(curve_of(drawn(2)).maturity(10)).warnings[0]


def test_a_curve_goes_through_json() -> None:
    """A curve read back is the same."""
    found = curve_of(drawn(2), tail=0.02)
    assert Curve.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_parts_add() -> None:
    """Lags of two parts add to those of both; of other cohorts they do not."""
    a, b = drawn(1), drawn(2)
    assert np.array_equal((a + b).known, a.known + b.known)
    assert a != b
    with pytest.raises(MergeError, match="cohorts"):
        _ = a + drawn(1, days=80)


def test_drift_is_found_and_not_imagined() -> None:
    """Labels that take twice as long are found, with a ratio above 1; alike ones alarm in about 5 % of cases."""
    slow = number(drift(drawn(5, slower=2.0), 45))
    assert slow.p_value is not None
    assert slow.p_value < 1e-4
    assert slow.value > 1.0
    assert "another speed" in slow.warnings[0]
    alarms = sum((number(drift(drawn(seed), 45)).p_value or 0.0) < 0.05 for seed in range(100))
    assert alarms <= at_most(100)


def test_drift_needs_labels_on_both_sides() -> None:
    """With next to no labels there is nothing to compare."""
    no_number(drift(drawn(1, rate=0.05), 45))
    no_number(drift(drawn(1), 0))


def test_no_label_has_no_curve() -> None:
    """Cohorts without labels, or without cohorts, have no curve."""
    for shape in ((3, 4), (0, 4)):
        assert not isinstance(curve(Lags(np.zeros(shape), ints(np.full(shape[0], 4)))), Curve)


def test_all_at_once_is_certain() -> None:
    """When all labels come at lag 0, F is 1 at once."""
    counts = np.zeros((5, 4))
    counts[:, 0] = 10.0
    found = curve_of(Lags(counts, ints([4, 4, 3, 2, 1])))
    assert np.all(found.shares == 1.0)


def test_amounts_have_their_own_dispersion() -> None:
    """Amounts in another unit give the same curve, and a dispersion in that unit."""
    lags = drawn(4)
    one, thousand = (curve_of(Lags(k * lags.counts, lags.ages, counted=False)) for k in (1.0, 1000.0))
    assert np.allclose(one.shares, thousand.shares)
    assert thousand.dispersion == pytest.approx(1000 * one.dispersion)
    assert np.allclose(one.steps, thousand.steps)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Lags(np.zeros((2, 3)), ints([1])), "one age"),
        (lambda: Lags(np.full((1, 2), -1.0), ints([2])), "at least 0"),
        (lambda: Lags(np.full((1, 2), np.nan), ints([2])), "at least 0"),
        (lambda: Lags.of(ints([0]), ints([-1]), today=3, first=0, longest=3), "negative"),
        (lambda: curve(drawn(1), tail=1.0), "tail"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """Labels and tails that cannot be meant are refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
