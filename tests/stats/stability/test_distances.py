"""Kolmogorov-Smirnov and Wasserstein distances equal scipy's, with honest noise, intervals and p-values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import ks_2samp, wasserstein_distance

from make import NULLS, alarms, at_most, histogram, no_number, number, sample
from secondline.stats.stability.distances import ks, wasserstein

values = st.lists(st.integers(-20, 20).map(float), min_size=2, max_size=40)


@given(values, values)
def test_ks_equals_scipy(a: list[float], b: list[float]) -> None:
    """Distance and asymptotic p-value on values with many ties."""
    theirs = ks_2samp(a, b, method="asymp")
    found = number(ks(sample(a), sample(b)))
    assert found.value == pytest.approx(theirs.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(theirs.pvalue, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "wx", "y", "wy", "distance"),
    [
        ([0, 1, 3], [1, 1, 1], [5, 6, 8], [1, 1, 1], 5.0),
        ([0, 1], [3, 1], [0, 1], [2, 2], 0.25),
        ([3.4, 3.9, 7.5, 7.8], [1.4, 0.9, 3.1, 7.2], [4.5, 1.4], [3.2, 3.5], 4.078133143804786),
    ],
)
def test_published_wasserstein(x: Any, wx: Any, y: Any, wy: Any, distance: float) -> None:
    """The examples of scipy's documentation, weights included."""
    found = number(wasserstein(sample(x, at_weight=wx), sample(y, at_weight=wy)))
    assert found.value * found.detail["scale"] == pytest.approx(distance)


@given(values, values)
def test_wasserstein_equals_scipy(a: list[float], b: list[float]) -> None:
    """In standard deviations of the reference, on values with many ties."""
    found = wasserstein(sample(a), sample(b))
    if np.ptp(a) == 0:
        assert no_number(found).kind == "not-applicable"
    else:
        assert number(found).value == pytest.approx(wasserstein_distance(a, b) / np.std(a), abs=1e-9)


def test_normals_apart_by_one() -> None:
    """Two normals one deviation apart: W1 is 1 and D is 2 Phi(1/2) - 1 = 0.3829."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    x = np.asarray(ndtri(grid))
    assert number(wasserstein(sample(x), sample(x + 1))).value == pytest.approx(1.0, abs=1e-3)
    assert number(ks(sample(x), sample(x + 1))).value == pytest.approx(0.382925, abs=1e-3)


def test_an_outlier_does_not_move_ks() -> None:
    """Lognormals (10, 1) and (11, 1) are about 0.38 apart, with or without one value of 1e12."""
    rng = np.random.default_rng(1)
    x, y = rng.lognormal(10, 1, 4000), rng.lognormal(11, 1, 4000)
    with_it, without = number(ks(sample(x), sample(np.append(y, 1e12)))), number(ks(sample(x), sample(y)))
    assert with_it.value == pytest.approx(without.value, abs=1e-3)
    assert with_it.value == pytest.approx(0.383, abs=0.03)


@given(values, values)
def test_ks_sees_only_order(a: list[float], b: list[float]) -> None:
    """A monotone transformation of both sides leaves D; Wasserstein is left by a change of unit."""
    plain = number(ks(sample(a), sample(b)))
    assert number(ks(sample(np.exp(np.array(a) / 9)), sample(np.exp(np.array(b) / 9)))).value == pytest.approx(
        plain.value
    )
    if np.ptp(a) > 0:
        scaled = number(wasserstein(sample(np.array(a) * 60 + 7), sample(np.array(b) * 60 + 7)))
        assert scaled.value == pytest.approx(number(wasserstein(sample(a), sample(b))).value)


@pytest.mark.parametrize(("n", "m"), [(500, 500), (500, 100), (300, 2000)])
def test_null_false_alarms(n: int, m: int) -> None:
    """At equal and unequal sizes KS does not exceed its level, and both distances are as large as expected."""
    rng = np.random.default_rng(n + m)
    pairs = [(sample(rng.normal(size=n)), sample(rng.normal(size=m))) for _ in range(NULLS)]
    found = [number(ks(a, b)) for a, b in pairs]
    assert 0.5 * 0.05 * NULLS <= alarms([f.p_value for f in found]) <= at_most()
    assert np.mean([f.value for f in found]) == pytest.approx(found[0].detail["expected_under_null"], rel=0.06)
    moved = [number(wasserstein(a, b)) for a, b in pairs[:300]]
    expected = np.mean([f.detail["expected_under_null"] for f in moved])
    assert np.mean([f.value for f in moved]) == pytest.approx(float(expected), rel=0.06)
    assert np.mean([f.low == 0 for f in moved]) > 0.94


@pytest.mark.parametrize("shift", [0.1, 0.5, 1.0])
def test_intervals_cover(shift: float) -> None:
    """Both intervals hold the populations' distance at least nominally, weighted or not."""
    rng = np.random.default_rng(5)
    truth = float(number(ks(sample(np.arange(1, 4001) / 4000), sample(np.arange(1, 4001) / 4000 + shift / 4))).value)
    inside = np.zeros(2)
    for i in range(400):
        x, y = rng.normal(size=600), rng.normal(shift, 1, 400)
        w = None if i % 2 else rng.uniform(0.5, 2, 400)
        new = sample(y) if w is None else sample(y, at_weight=w)
        found = number(wasserstein(sample(x), new))
        inside[0] += (found.low or 0) <= shift <= (found.high or 0)
        uniform = number(ks(sample(rng.random(600)), sample(rng.random(400) + shift / 4)))
        inside[1] += (uniform.low or 0) <= truth <= (uniform.high or 0)
    assert inside[0] / 400 > 0.92
    assert inside[1] / 400 > 0.95


def test_what_has_no_place_is_left_out() -> None:
    """Null, NaN and infinite values and weights of 0 take no part, and their share is told."""
    found = number(ks(sample([1.0, 2.0, np.nan, np.inf]), sample([1.0, 2.0, 3.0], at_weight=[1.0, 1.0, 0.0])))
    assert (found.value, found.detail["reference_left_out"], found.detail["current_left_out"]) == (0.0, 0.5, 0.0)


def test_samples_say_so() -> None:
    """Where only a sample was read, the method says how many rows of how many."""
    assert "a sample of 3 of 900 rows" in number(ks(sample([1.0, 2, 3]), sample([1.0, 2, 3], total=900))).method


def test_no_number() -> None:
    """Levels, no finite value and a constant reference have no distance along values."""
    some = sample([1.0, 2.0], x=[3.0, 4.0])
    assert no_number(wasserstein(some, some, histogram([1, 2], levels=["a", "b"]))).kind == "not-applicable"
    assert number(wasserstein(some, some, histogram([1, 2]))).value == 0.0
    for test in (ks, wasserstein):
        assert no_number(test(sample([np.nan]), some)).because.startswith("the reference")
        assert no_number(test(some, sample([np.inf]))).because.startswith("the current")
    assert no_number(wasserstein(sample([2.0, 2.0]), some)).kind == "not-applicable"
