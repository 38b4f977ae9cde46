"""Tails of weighted sums of events agree with scipy's Poisson-binomial law, with enumeration and with draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, poisson_binom

from secondline.stats.robustness import tails
from secondline.stats.robustness.tails import upper_tail

ONES = np.ones(400)


def labels(events: int, n: int = 400) -> np.ndarray:
    return (np.arange(n) < events).astype(float)


@pytest.mark.parametrize("z", [-2, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("mean", [0.02, 0.2])
def test_counts_are_summed_exactly(z: int, mean: float) -> None:
    """Over 400 rows with probabilities of their own, the tail is scipy's to ten digits."""
    p = np.random.default_rng(1).beta(2, 2 / mean - 2, 400)
    seen = max(round(p.sum() + z * np.sqrt(p @ (1 - p))), 0)
    assert upper_tail(p, labels(seen), ONES) == pytest.approx(poisson_binom.sf(seen - 1, p), rel=1e-9)


@pytest.mark.parametrize("z", [1, 3, 5])
def test_the_saddlepoint_is_near(z: int) -> None:
    """Over 20,000 rows, too many to sum, the tail is within a thousandth of scipy's."""
    p = np.random.default_rng(2).beta(0.5, 30, 20_000)
    seen = round(p.sum() + z * np.sqrt(p @ (1 - p)))
    found = upper_tail(p, labels(seen, 20_000), np.ones(20_000))
    assert found == pytest.approx(poisson_binom.sf(seen - 1, p), rel=1e-3)


def test_fewer_than_predicted_is_the_mirror() -> None:
    """Weights of minus one give P(count <= seen)."""
    assert upper_tail(np.full(50, 0.1), labels(2, 50), -np.ones(50)) == pytest.approx(binom.cdf(2, 50, 0.1))


def test_equal_weights_change_nothing() -> None:
    """A weight that all rows share is a change of unit."""
    p, y = np.full(400, 0.05), labels(31)
    assert upper_tail(p, y, 3.5 * ONES) == upper_tail(p, y, ONES)


def test_unequal_weights_by_enumeration() -> None:
    """Of 14 rows with weights of both signs, all 16,384 outcomes are summed."""
    rng = np.random.default_rng(3)
    p, w = rng.uniform(0.2, 0.6, 14), rng.normal(size=14)
    y = (w > 0).astype(float)
    y[np.flatnonzero(w > 0)[:2]] = 0
    outcomes = np.array(list(product((0.0, 1.0), repeat=14)))
    chance = np.prod(np.where(outcomes == 1, p, 1 - p), axis=1)
    exact = chance[outcomes @ w >= w @ y - 1e-12].sum()
    assert upper_tail(p, y, w) == pytest.approx(exact, rel=0.1)


def test_ends() -> None:
    """Nothing to weigh is no evidence; a sum that cannot be exceeded has the chance of every row."""
    assert upper_tail(np.array([]), np.array([]), np.array([])) == 1.0
    assert upper_tail(np.full(5, 0.3), np.zeros(5), np.ones(5)) == 1.0
    assert upper_tail(np.full(5, 0.3), np.ones(5), np.ones(5)) == pytest.approx(0.3**5)
    assert upper_tail(np.full(3, 0.3), np.ones(3), np.array([1.0, 2.0, 3.5])) == pytest.approx(0.3**3)


@pytest.mark.parametrize("mean", [0.01, 0.1])
def test_p_values_are_uniform_or_larger(mean: float) -> None:
    """Over 3,000 draws under the null, at most a twentieth fall below a twentieth, within chance."""
    rng = np.random.default_rng(4)
    p = rng.beta(1, 1 / mean - 1, 300)
    w = rng.uniform(0.5, 2, 300)
    found = [upper_tail(p, (rng.random(300) < p).astype(float), w) for _ in range(3_000)]
    assert np.mean(np.array(found) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 3_000) + 0.004


def test_the_exact_sum_falls_back_far_out() -> None:
    """Beyond the folded points the saddlepoint takes over, and the two agree where both reach."""
    p = np.full(400, 0.1)
    assert upper_tail(p, labels(200), ONES) == pytest.approx(binom.sf(199, 400, 0.1), rel=0.01)
    assert tails._exact(p, 60) == pytest.approx(tails._saddle(p, ONES, 60.0, 1.0), rel=1e-3)
