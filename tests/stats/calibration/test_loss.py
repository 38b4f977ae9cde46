"""Brier score and log-loss equal scikit-learn's to 1e-12, and the decompositions add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sk_log_loss

from make import gridded, no_number, number, scores
from secondline.core.tables import ScoreTable
from secondline.stats.calibration.loss import brier, log_loss


def rows(seed: int, size: int = 500, digits: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return predictions (rounded, with ties, where *digits* says so), outcomes and weights."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1.0, 5.0, size)
    p = p if digits is None else p.round(digits)
    return p, (rng.random(size) < p).astype(float), rng.uniform(0.1, 4.0, size)


@given(st.integers(0, 10_000), st.sampled_from([None, 2]), st.booleans())
def test_equal_scikit_learn(seed: int, digits: int | None, weighted: bool) -> None:
    """On rows with and without ties and weights; zeros and ones of the prediction included."""
    p, y, w = rows(seed, 100, digits)
    weight = w if weighted else None
    table = ScoreTable.of(p, y, weight)
    theirs = sk_log_loss(y, p, sample_weight=weight, labels=[0, 1])
    assert number(brier(table)).value == pytest.approx(
        brier_score_loss(y, p, sample_weight=weight, pos_label=1), abs=1e-12
    )
    assert number(log_loss(table)).value == pytest.approx(theirs, abs=1e-12, rel=1e-12)


def test_by_hand() -> None:
    """Predictions 0.1 and 0.8 that miss and hit: Brier (0.01 + 0.04) / 2, log-loss -(ln 0.9 + ln 0.8) / 2."""
    table = scores([1, 1], [0, 1], [0.1, 0.8])
    assert number(brier(table)).value == pytest.approx(0.025)
    assert number(log_loss(table)).value == pytest.approx(-(np.log(0.9) + np.log(0.8)) / 2)


@given(st.integers(0, 500), st.booleans(), st.sampled_from([1, 5, 10]), st.sampled_from([0.0, 2.0**-5]))
def test_both_decompositions_add_up(seed: int, weighted: bool, bins: int, cell: float) -> None:
    """Murphy's five terms and CORP's three give the Brier score back, exact tables and grids alike."""
    p, y, w = rows(seed, 200, 3)
    weight = w if weighted else None
    found = number(brier(gridded(p, y, cell, weight) if cell else ScoreTable.of(p, y, weight), bins=bins))
    d = found.detail
    within = d["within_variance"] - 2 * d["within_covariance"]
    assert d["reliability"] - d["resolution"] + d["uncertainty"] + within == pytest.approx(found.value, abs=1e-12)
    assert d["miscalibration"] - d["discrimination"] + d["uncertainty"] == pytest.approx(found.value, abs=1e-12)
    assert min(d["discrimination"], d["reliability"], d["within_variance"]) >= -1e-12
    assert cell or d["miscalibration"] >= -1e-12


def test_murphy_by_hand() -> None:
    """Two bands of one prediction each: reliability and resolution as in a textbook."""
    found = number(brier(scores([10, 10], [2, 6], [0.1, 0.5]), bins=2)).detail
    assert found["reliability"] == pytest.approx((0.01 + 0.01) / 2)
    assert found["resolution"] == pytest.approx(0.04)
    assert found["uncertainty"] == pytest.approx(0.24)
    assert found["skill"] == pytest.approx(1 - (0.01 - 0.04 + 0.24) / 0.24)


def test_corp_uses_the_isotonic_fit() -> None:
    """The recalibrated Brier score is that of scikit-learn's isotonic regression."""
    p, y, w = rows(3)
    fitted = IsotonicRegression().fit(p, y, w).predict(p)
    best = brier_score_loss(y, fitted, sample_weight=w, pos_label=1)
    found = number(brier(ScoreTable.of(p, y, w)))
    assert found.detail["miscalibration"] == pytest.approx(found.value - best, abs=1e-12)


def test_intervals_cover() -> None:
    """Normal intervals hold the expected loss in about 95 % of samples, weighted or not."""
    rng = np.random.default_rng(4)
    p = rng.beta(2, 6, 500)
    truth = np.mean(p * (1 - p)), np.mean(-p * np.log(p) - (1 - p) * np.log1p(-p))
    inside = np.zeros(2)
    for _ in range(800):
        some = rng.choice(p, 500)
        table = ScoreTable.of(some, (rng.random(500) < some).astype(float), rng.uniform(0.5, 2.0, 500))
        for i, test in enumerate((brier, log_loss)):
            found = number(test(table))
            inside[i] += (found.low or 0) <= truth[i] <= (found.high or 0)
    assert inside / 800 == pytest.approx([0.95, 0.95], abs=0.025)


def test_one_outcome_and_no_rows() -> None:
    """Without events the scores are still defined, the skill is not; points and no rows give no number."""
    found = number(brier(scores([10], [0], [0.2])))
    assert found.value == pytest.approx(0.04)
    assert found.detail["skill"] is None
    assert number(log_loss(scores([10], [0], [0.2]))).detail["of_the_rate"] == 0
    points = ScoreTable.of(np.array([1.0, 2.0]), np.array([0.0, 1.0]), probability=False)
    for test in (brier, log_loss):
        assert no_number(test(points)).kind == "not-applicable"
        assert no_number(test(ScoreTable.empty())).kind == "too-few"
