"""Distances between the classes: scipy and scikit-learn to 1e-12, closed forms, grids inside their bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps
from sklearn.metrics import average_precision_score, roc_curve

from make import gridded, groups, no_number, number
from secondline.core.tables import ScoreTable
from secondline.stats.discrimination import separation

rows = st.integers(2, 50).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([0.05, 0.1, 0.1, 0.3, 0.7, 0.9]), min_size=n, max_size=n),
        st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n).filter(lambda y: 0 < sum(y) < len(y)),
        st.lists(st.floats(0.1, 9), min_size=n, max_size=n),
    )
)
Rows = tuple[list[float], list[float], list[float]]


def table(score: Any, label: Any, weight: Any = None) -> ScoreTable:
    """Return the score table of rows."""
    return ScoreTable.of(np.asarray(score, float), np.asarray(label, float), weight)


@given(rows)
def test_equals_scipy_and_scikit_learn(drawn: Rows) -> None:
    """KS, average precision and Kendall's tau-b, ties included."""
    score, label, weight = map(np.array, drawn)
    made = table(score, label)
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    ks = np.abs(tpr - fpr).max()
    assert number(separation.ks(made)).value == pytest.approx(ks, abs=1e-12)
    assert number(separation.pietra(made)).value == pytest.approx(ks / 2, abs=1e-12)
    assert number(separation.pr_auc(made)).value == pytest.approx(average_precision_score(label, score), abs=1e-12)
    weighted = number(separation.pr_auc(table(score, label, weight))).value
    assert weighted == pytest.approx(average_precision_score(label, score, sample_weight=weight), abs=1e-12)
    if len(set(score)) > 1:
        tau = sps.kendalltau(score, label).statistic
        assert number(separation.kendall_tau(made)).value == pytest.approx(tau, abs=1e-12)


@pytest.mark.parametrize(("shift", "wanted"), [(1.0, 0.382925), (2.0, 0.682689)])
def test_normal_scores(shift: float, wanted: float) -> None:
    """Normal scores a distance D apart have KS 2 Phi(D / 2) - 1 (Rezac and Rezac 2011)."""
    q = sps.norm.ppf((np.arange(4_000) + 0.5) / 4_000)
    made = ScoreTable.of(np.r_[q, q + shift], np.r_[0 * q, 0 * q + 1], probability=False)
    assert number(separation.ks(made)).value == pytest.approx(wanted, abs=5e-4)


def test_an_outlier_does_not_move_ks() -> None:
    """Lognormal classes one apart in logs: KS stays near 0.38 with a value of 1e12 among them."""
    rng = np.random.default_rng(5)
    x = np.r_[rng.lognormal(10, 1, 4_000), rng.lognormal(11, 1, 4_000), 1e12]
    y = np.r_[np.zeros(4_000), np.ones(4_001)]
    assert number(separation.ks(ScoreTable.of(x, y, probability=False))).value == pytest.approx(0.38, abs=0.02)


@given(rows, st.floats(0.01, 0.4))
def test_a_grid_is_inside_its_bound(drawn: Rows, cell: float) -> None:
    """KS, average precision and tau of a grid are within the bound stated of the exact ones."""
    score, label, _ = map(np.array, drawn)
    score = score + np.linspace(0, 0.01, len(score))
    for statistic in (separation.ks, separation.pr_auc, separation.kendall_tau):
        exact, grid = statistic(table(score, label)), statistic(gridded(score, label, cell))
        if hasattr(grid, "value") and hasattr(exact, "value"):
            slack = 1e-9 if statistic is not separation.kendall_tau else 1.0
            assert abs(number(exact).value - number(grid).value) <= number(grid).bound + slack


def test_ks_interval_covers() -> None:
    """The bootstrap interval holds the population's distance about as often as it says."""
    rng, truth = np.random.default_rng(3), float(2 * sps.norm.cdf(0.5) - 1)
    y = np.r_[np.zeros(800), np.ones(200)]
    held = []
    for _ in range(150):
        found = number(separation.ks(ScoreTable.of(rng.normal(size=1_000) + y, y, probability=False)))
        held.append(bool((found.low or 0) <= truth <= (found.high or 0)))
    assert sum(held) >= 0.88 * len(held)


def test_capture_by_hand() -> None:
    """The riskiest 20 % of ten rows hold two of three events; a tie at the cut counts in proportion."""
    found = number(separation.capture(table(np.arange(10) / 10, [0, 0, 0, 1, 0, 0, 0, 0, 1, 1]), k=0.2))
    assert found.value == pytest.approx(2 / 3)
    assert found.detail["lift"] == pytest.approx(10 / 3)
    assert found.detail["tenths"][-1]["caught"] == 1.0
    tied = number(separation.capture(table([0.5] * 10, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]), k=0.3))
    assert tied.value == pytest.approx(0.3)
    assert no_number(separation.capture(table([0.1, 0.2], [0, 1]), k=1.5)).kind == "not-applicable"


def test_entropy_by_hand() -> None:
    """Bands that say all have ratio 1, bands that say nothing 0."""
    assert number(separation.cier(groups([50, 50], [0, 50], [0.1, 0.9]))).value == pytest.approx(1.0)
    assert number(separation.cier(groups([50, 50], [10, 10], [0.1, 0.9]))).value == pytest.approx(0.0, abs=1e-12)
    base, band = 0.3, np.array([0.1, 0.5])
    entropy = [sps.entropy([p, 1 - p]) for p in (base, *band)]
    wanted = 1 - (entropy[1] + entropy[2]) / 2 / entropy[0]
    assert number(separation.cier(groups([100, 100], [10, 50], band))).value == pytest.approx(wanted)


@pytest.mark.parametrize(
    "statistic",
    [separation.ks, separation.pietra, separation.capture, separation.pr_auc, separation.kendall_tau],
)
def test_no_number(statistic: Any) -> None:
    """One class, or no rows, give a reason and no number."""
    for score, label in (([], []), ([0.1, 0.2], [0, 0]), ([0.1, 0.2], [1, 1])):
        assert no_number(statistic(table(score, label))).because
    assert no_number(separation.cier(groups([10, 10], [0, 0], [0.1, 0.2]))).because
    assert "same score" in no_number(separation.kendall_tau(table([0.5] * 4, [0, 1, 0, 1]))).because
