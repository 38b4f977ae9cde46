"""Calibration error and reliability curve: hand, scikit-learn, noise and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from make import NULLS, no_number, number, scores
from secondline.core.tables import ScoreTable
from secondline.stats.calibration.reliability import bands, curve, ece, pava

P = np.linspace(0.02, 0.5, 40)


def test_by_hand() -> None:
    """Two bands of 10 rows, gaps of 0.1 and 0.1: 0.1, and noise of (0.0949 + 0.1581) / 2 sqrt(2 / pi)."""
    found = number(ece(scores([10, 10], [2, 6], [0.1, 0.5]), bins=2))
    assert found.value == pytest.approx(0.1)
    noise = (np.sqrt(0.09 / 10) + np.sqrt(0.25 / 10)) / 2 * np.sqrt(2 / np.pi)
    assert found.detail["expected_under_null"] == pytest.approx(noise)
    assert found.detail["corrected"] == pytest.approx(max(0.1 - noise, 0))


def test_bands_have_equal_weight_and_keep_ties() -> None:
    """A thousand distinct scores fall into ten bands of a hundred; a score that is half of all rows is one band."""
    p = np.linspace(0.001, 0.999, 1000)
    assert list(bands(scores(np.ones(1000), np.zeros(1000), p), 10)) == list(range(0, 1000, 100))
    heavy = scores([25, 50, 25], [1, 1, 1], [0.1, 0.2, 0.3])
    assert list(bands(heavy, 4)) == [0, 1, 2]
    assert list(bands(scores([5], [1], [0.2]), 10)) == [0]


def test_noise_is_what_perfect_predictions_show() -> None:
    """Over perfect predictions the mean of the value is the stated expectation, and the interval starts at 0."""
    rng = np.random.default_rng(1)
    n = np.linspace(10, 200, 40).astype(int)
    found = [number(ece(scores(n, rng.binomial(n, P), P))) for _ in range(NULLS // 4)]
    assert np.mean([f.value for f in found]) == pytest.approx(found[0].detail["expected_under_null"], rel=0.05)
    assert np.mean([f.low == 0 for f in found]) > 0.95


def test_interval_covers() -> None:
    """Over predictions that are off by a factor the interval holds the true error at least nominally."""
    rng = np.random.default_rng(2)
    n = np.full(40, 100)
    inside = []
    for factor in (0.9, 1.1, 1.5):
        for k in rng.binomial(n, P * factor, (300, 40)):
            found = number(ece(scores(n, k, P)))
            truth = abs(factor - 1) * P.mean()
            inside.append((found.low or 0) <= truth <= (found.high or 0))
    assert np.mean(inside) > 0.94


@given(st.integers(0, 1000))
def test_curve_is_the_isotonic_fit(seed: int) -> None:
    """The recalibrated rates are scikit-learn's isotonic regression; the curve rises and holds every row once."""
    rng = np.random.default_rng(seed)
    p = rng.random(80).round(2)
    y, w = (rng.random(80) < p).astype(float), rng.uniform(0.5, 2, 80)
    table = ScoreTable.of(p, y, w)
    theirs = IsotonicRegression().fit(p, y, w).predict(table.key)
    assert pava(table) == pytest.approx(theirs, abs=1e-9)
    steps = curve(table)
    observed = [step["observed"] for step in steps]
    assert observed == sorted(observed)
    assert sum(step["rows"] for step in steps) == 80


def test_no_number() -> None:
    """Points and no rows give no number; one class does: its error is the mean prediction."""
    assert no_number(ece(ScoreTable.empty())).kind == "too-few"
    assert no_number(ece(ScoreTable.of(np.array([5.0]), np.array([1.0]), probability=False))).kind == "not-applicable"
    assert number(ece(scores([10, 10], [0, 0], [0.1, 0.3]))).value == pytest.approx(0.2)
