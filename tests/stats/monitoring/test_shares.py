"""The Dirichlet mixture is exact, its null is the largest likelihood of a region, and the region covers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import rel_entr

from secondline.core.errors import SpecError
from secondline.stats.monitoring.shares import SharesWithin, _largest, radius

THIRDS = (50.0, 30.0, 20.0)


def test_mixture_equals_scipy() -> None:
    """Against a known reference E is the Dirichlet-multinomial over the multinomial probability."""
    null, counts = SharesWithin(THIRDS, shift=0.1), [3, 5, 4]
    prior = (np.array(THIRDS) + 0.5) / 101.5 * 2 / 0.1
    top = stats.dirichlet_multinomial.logpmf(counts, prior, np.array(12))
    bottom = stats.multinomial.logpmf(counts, 12, [0.5, 0.3, 0.2])
    assert float(null.log_e(np.array(counts, float))) == pytest.approx(top - bottom)


def test_known_reference_is_fair() -> None:
    """Over all counts of six rows in three bins the mean e-value is 1."""
    null, mean = SharesWithin(THIRDS), 0.0
    for a in range(7):
        for b in range(7 - a):
            counts = [a, b, 6 - a - b]
            e = math.exp(float(null.log_e(np.array(counts, float))))
            mean += stats.multinomial.pmf(counts, 6, [0.5, 0.3, 0.2]) * e
    assert mean == pytest.approx(1.0)


@pytest.mark.parametrize("counts", [[40.0, 5.0, 5.0], [10.0, 10.0, 30.0], [0.0, 0.0, 20.0]])
def test_largest_likelihood_agrees_with_a_general_optimiser(counts: list[float]) -> None:
    """The closed path finds what a constrained optimiser finds."""
    r, limit = np.array(THIRDS) / 100, 0.02
    c = np.array(counts)
    general: Any = optimize.minimize
    found = general(
        lambda t: -float(c @ np.log(t)), r, bounds=[(1e-9, 1.0)] * 3, method="SLSQP",
        constraints=[{"type": "eq", "fun": lambda t: t.sum() - 1},
                     {"type": "ineq", "fun": lambda t: limit - rel_entr(r, t).sum()}],
        options={"ftol": 1e-12},
    )  # fmt: skip
    assert float(_largest(c, r, limit)) == pytest.approx(-found.fun, rel=1e-5)


@given(st.lists(st.integers(0, 500), min_size=3, max_size=3))
def test_a_wider_null_has_less_evidence(counts: list[int]) -> None:
    """A tolerance, and a smaller reference, only take evidence away."""
    sums = np.array(counts, float)
    known = float(SharesWithin(THIRDS).log_e(sums))
    assert float(SharesWithin(THIRDS, tolerance=0.05).log_e(sums)) <= known + 1e-9
    large, small = (SharesWithin.of_reference(np.array(THIRDS) * k, alpha=0.05) for k in (100, 1))
    assert float(small.log_e(sums)) <= float(large.log_e(sums)) + 0.1


def test_the_region_covers_for_small_and_large_references() -> None:
    """The observed shares lie further than the radius from the true ones less often than allowed."""
    rng, p = np.random.default_rng(4), np.array([0.4, 0.3, 0.2, 0.05, 0.05])
    for n in (20, 200, 5_000):
        shares = rng.multinomial(n, p, 4_000) / n
        missed = n * rel_entr(shares, p).sum(axis=1) > radius(5, 0.05)
        assert missed.mean() <= 0.05


def test_radius_solves_its_equation() -> None:
    """Agrawal's bound at the radius is the chance asked for."""
    r = radius(10, 1e-3)
    assert math.exp(-r) * (math.e * r / 9) ** 9 == pytest.approx(1e-3)


def test_no_rows_are_no_evidence() -> None:
    """Nothing taken gives an e-value of 1, and a matrix gives one value a row."""
    null = SharesWithin.of_reference(np.array(THIRDS), alpha=0.05)
    assert float(null.log_e(np.zeros(3))) == pytest.approx(0.0)
    assert null.log_e(np.ones((4, 3))).shape == (4,)
    assert null.rows(np.array([1.0, 2.0, 3.0])) == 6.0


def test_a_bin_empty_in_the_reference_is_possible() -> None:
    """A value in a bin that a finite reference left empty is surprising, not impossible."""
    null = SharesWithin.of_reference(np.array([500.0, 500.0, 0.0]), alpha=0.05)
    assert math.isfinite(float(null.log_e(np.array([10.0, 10.0, 1.0]))))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SharesWithin((1.0,)), "two bins"),
        (lambda: SharesWithin((0.0, 0.0)), "rows"),
        (lambda: SharesWithin(THIRDS, shift=0.0), "shift"),
        (lambda: SharesWithin.of_reference(np.zeros(2), alpha=0.05), "rows"),
        (lambda: SharesWithin(THIRDS).increment(np.ones(2)), "3 bins"),
        (lambda: SharesWithin(THIRDS).increment(np.array([1.0, -1.0, 0.0])), "negative"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, says: str) -> None:
    """A reference or counts that cannot be meant are refused, with what is wrong."""
    with pytest.raises(SpecError, match=says):
        make()
