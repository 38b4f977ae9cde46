"""Hosmer and Lemeshow's and Spiegelhalter's tests agree with hand and rows, and keep their level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, norm
from sklearn.linear_model import LogisticRegression

from make import NULLS, alarms, at_least, at_most, gridded, groups, groups_of, no_number, number, scores
from secondline.core.tables import ScoreTable
from secondline.stats.calibration.fit import hosmer_lemeshow, spiegelhalter
from secondline.stats.power import chi_square_noncentrality

TENTHS = np.arange(0.05, 0.55, 0.05)


def test_hosmer_lemeshow_by_hand() -> None:
    """Two bands: (8 - 5)^2 / 4.75 + (40 - 50)^2 / 25 = 5.8947 with 2 degrees of freedom."""
    found = number(hosmer_lemeshow(groups([100, 100], [8, 40], [0.05, 0.5])))
    assert found.value == pytest.approx(9 / 4.75 + 4)
    assert found.p_value == pytest.approx(chi2.sf(9 / 4.75 + 4, 2))
    assert [b["contribution"] for b in found.detail["bands"]] == pytest.approx([9 / 4.75, 4])


def test_in_sample_has_two_degrees_less() -> None:
    """The same bands in sample are compared with g - 2, and cannot be with two bands."""
    table = groups([500] * 10, (500 * TENTHS).astype(int), TENTHS)
    out, inside = number(hosmer_lemeshow(table)), number(hosmer_lemeshow(table, in_sample=True))
    assert (out.detail["df"], inside.detail["df"]) == (10, 8)
    assert no_number(hosmer_lemeshow(groups([9, 9], [1, 2], [0.1, 0.2]), in_sample=True)).needed


def test_null_false_alarms_out_of_sample() -> None:
    """Ten bands of unequal sizes, predictions fixed: g degrees of freedom are right."""
    rng = np.random.default_rng(1)
    n = np.linspace(300, 3000, 10).astype(int)
    found = [number(hosmer_lemeshow(groups(n, rng.binomial(n, TENTHS), TENTHS))).p_value for _ in range(NULLS)]
    assert at_least() <= alarms(found) <= at_most()


def test_null_false_alarms_in_sample() -> None:
    """A logistic model on its own training rows: g - 2 are about right, g would alarm far too seldom."""
    rng = np.random.default_rng(2)
    inside, outside = [], []
    for _ in range(300):
        x = rng.normal(size=(1500, 1))
        y = rng.random(1500) < 1 / (1 + np.exp(-x[:, 0]))
        p = LogisticRegression(C=1e9).fit(x, y).predict_proba(x)[:, 1]
        table = groups_of(p, y, np.argsort(np.argsort(p)) // 150)
        inside.append(number(hosmer_lemeshow(table, in_sample=True)).p_value)
        outside.append(number(hosmer_lemeshow(table)).p_value)
    assert at_least(300) <= alarms(inside) <= at_most(300)
    assert alarms(outside) < alarms(inside)


def test_hosmer_lemeshow_mde_has_its_power() -> None:
    """All rates higher by the smallest detectable share: found in about 80 % of samples."""
    rng = np.random.default_rng(3)
    mde = number(hosmer_lemeshow(groups([2000] * 10, (2000 * TENTHS).astype(int), TENTHS))).mde
    assert mde is not None
    draws = [groups([2000] * 10, rng.binomial(2000, TENTHS * (1 + mde)), TENTHS) for _ in range(400)]
    assert np.mean([(number(hosmer_lemeshow(t)).p_value or 0) < 0.05 for t in draws]) == pytest.approx(0.8, abs=0.07)


def test_sparse_bands_are_announced() -> None:
    """Bands that expect fewer than five events, or non-events, are counted in a warning."""
    found = number(hosmer_lemeshow(groups([100, 100, 100], [2, 30, 99], [0.02, 0.3, 0.99])))
    assert found.warnings[0].startswith("2 of 3 bands")
    assert not number(hosmer_lemeshow(groups(1000, 300, 0.3))).warnings


def test_hosmer_lemeshow_edges() -> None:
    """A band predicted at exactly 0, no rows, points: no number. Empty bands count for nothing."""
    assert no_number(hosmer_lemeshow(groups([10, 10], [0, 1], [0.0, 0.1]))).kind == "too-few"
    assert no_number(hosmer_lemeshow(groups(0, 0, 0.0))).kind == "too-few"
    assert number(hosmer_lemeshow(groups([10, 0], [1, 0], [0.1, 0.0]))).detail["df"] == 1


def test_noncentrality_table() -> None:
    """Cohen's table: 80 % power at 5 % needs 7.85 with 1 degree of freedom, 9.63 with 2, 15.65 with 9."""
    assert [chi_square_noncentrality(df) for df in (1, 2, 9)] == pytest.approx([7.849, 9.635, 15.65], abs=0.01)


def rows(seed: int, size: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return predictions, outcomes that follow them, and weights."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 6, size)
    return p, (rng.random(size) < p).astype(float), rng.uniform(0.5, 2.0, size)


def test_spiegelhalter_from_rows() -> None:
    """The table gives what the formula gives row by row, weighted or not."""
    p, y, w = rows(1)
    for weight in (np.ones_like(w), w):
        variance = np.sum(weight**2 * (1 - 2 * p) ** 2 * p * (1 - p))
        z = np.sum(weight * (y - p) * (1 - 2 * p)) / np.sqrt(variance)
        found = number(spiegelhalter(ScoreTable.of(p, y, weight)))
        assert found.value == pytest.approx(z, rel=1e-10)
        assert found.p_value == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)


def test_spiegelhalter_by_hand() -> None:
    """Ten rows at 0.2 with 4 events: (4 - 2) 0.6 / sqrt(10 * 0.36 * 0.16) = 1.5811."""
    assert number(spiegelhalter(scores([10], [4], [0.2]))).value == pytest.approx(1.2 / np.sqrt(0.576))


def test_null_false_alarms_of_spiegelhalter() -> None:
    """Two-sided, over score tables of unequal sizes."""
    rng = np.random.default_rng(4)
    p, n = np.linspace(0.01, 0.9, 30), np.linspace(20, 400, 30).astype(int)
    found = [number(spiegelhalter(scores(n, rng.binomial(n, p), p))).p_value for _ in range(NULLS)]
    assert at_least() <= alarms(found) <= at_most()


def test_spiegelhalter_mde_has_its_power() -> None:
    """All rates higher by the smallest detectable share: found in about 80 % of samples."""
    rng = np.random.default_rng(5)
    p, n = np.linspace(0.01, 0.3, 30), np.full(30, 300)
    mde = number(spiegelhalter(scores(n, np.round(n * p), p))).mde
    assert mde is not None
    draws = [scores(n, rng.binomial(n, p * (1 + mde)), p) for _ in range(400)]
    assert np.mean([(number(spiegelhalter(t)).p_value or 0) < 0.05 for t in draws]) == pytest.approx(0.8, abs=0.07)


@given(st.integers(0, 500), st.sampled_from([2.0**-4, 2.0**-6, 2.0**-10]), st.booleans())
def test_grid_stays_within_its_bound(seed: int, cell: float, weighted: bool) -> None:
    """On a grid the value differs from the exact one by no more than the stated bound, to first order."""
    p, y, w = rows(seed)
    weight = w if weighted else None
    exact, grid = number(spiegelhalter(ScoreTable.of(p, y, weight))), number(spiegelhalter(gridded(p, y, cell, weight)))
    assert abs(grid.value - exact.value) <= grid.bound * (1 + 10 * cell) + 1e-9
    assert exact.bound == 0.0


def test_spiegelhalter_edges() -> None:
    """Predictions all one half or hard, points, no rows: no number."""
    assert no_number(spiegelhalter(scores([10], [4], [0.5]))).kind == "too-few"
    assert no_number(spiegelhalter(scores([10, 10], [0, 10], [0.0, 1.0]))).kind == "too-few"
    assert no_number(spiegelhalter(ScoreTable.empty())).kind == "too-few"
    points = ScoreTable.of(np.array([500.0, 600.0]), np.array([0.0, 1.0]), probability=False)
    assert no_number(spiegelhalter(points)).kind == "not-applicable"
    flat = ScoreTable.of(np.array([0.2, 0.6]), np.array([0.0, 1.0]), probability=False)
    assert no_number(spiegelhalter(flat)).kind == "not-applicable"
