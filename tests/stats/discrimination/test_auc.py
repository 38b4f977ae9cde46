"""AUC and DeLong: published values, scikit-learn to 1e-12 with weights and ties, grids inside their bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps
from sklearn.metrics import roc_auc_score

from make import alarms, at_least, at_most, gridded, no_number, number, scores
from secondline.core.tables import ScoreTable
from secondline.stats.discrimination import auc, curves

NULLS = 2_000


def table(score: Any, label: Any, weight: Any = None) -> ScoreTable:
    """Return the score table of rows."""
    return ScoreTable.of(np.asarray(score, float), np.asarray(label, float), weight)


def graded(goods: list[int], bads: list[int]) -> ScoreTable:
    """Return the score table of grades, least risky first."""
    n = np.array(goods) + np.array(bads)
    return scores(n, bads, np.arange(1, len(n) + 1) / (len(n) + 1))


def test_ecb_example() -> None:
    """Grades of 4 defaulters 1, 2, 2, 3 and 6 others 2, 3, 3, 4, 4, 5 (higher is better): A 0.875, s2 0.01145833."""
    found = number(auc.vs_initial(graded([1, 2, 2, 1, 0], [0, 0, 1, 2, 1]), initial=0.95))
    area = number(auc.auc(graded([1, 2, 2, 1, 0], [0, 0, 1, 2, 1])))
    assert area.value == pytest.approx(0.875)
    assert area.detail["se"] ** 2 == pytest.approx(0.01145833, abs=1e-8)
    assert found.value == pytest.approx(0.075)
    assert found.p_value == pytest.approx(0.241761, abs=1e-6)


def test_hanley_and_mcneil_1982() -> None:
    """CT ratings of 58 normal and 51 abnormal images: 0.8931711 with DeLong's standard error 0.0307244."""
    found = number(auc.auc(graded([33, 6, 6, 11, 2], [3, 2, 2, 11, 33])))
    assert found.value == pytest.approx(0.8931711, abs=1e-7)
    assert found.detail["se"] == pytest.approx(0.0307244, abs=1e-7)


def test_proc_on_subarachnoid_haemorrhage() -> None:
    """R pROC's own test of DeLong's variance: WFNS grades of 72 good and 41 poor outcomes (Turck et al. 2010)."""
    found = number(auc.auc(graded([37, 20, 3, 8, 4], [2, 12, 1, 8, 18])))
    assert found.value == pytest.approx(0.823678861788618, abs=1e-14)
    assert found.detail["se"] ** 2 == pytest.approx(0.00146991470882363, rel=1e-12)


@pytest.mark.parametrize(("shift", "gini"), [(1.0, 0.520500), (2.0, 0.842701)])
def test_normal_scores(shift: float, gini: float) -> None:
    """Normal scores a distance D apart have Gini 2 Phi(D / sqrt 2) - 1 (Rezac and Rezac 2011)."""
    q = sps.norm.ppf((np.arange(4_000) + 0.5) / 4_000)
    found = number(auc.gini(ScoreTable.of(np.r_[q, q + shift], np.r_[0 * q, 0 * q + 1], probability=False)))
    assert found.value == pytest.approx(gini, abs=2e-4)


rows = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.2, 0.5, 0.999, 1.0]), min_size=n, max_size=n),
        st.lists(st.sampled_from([0.0, 1.0]), min_size=n, max_size=n).filter(lambda y: 0 < sum(y) < len(y)),
        st.lists(st.floats(0.05, 20), min_size=n, max_size=n),
    )
)


@given(rows)
def test_equals_scikit_learn(drawn: tuple[list[float], list[float], list[float]]) -> None:
    """To 1e-12, with heavy ties and weights."""
    score, label, weight = map(np.array, drawn)
    plain, weighted = number(auc.auc(table(score, label))), number(auc.auc(table(score, label, weight)))
    assert plain.value == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    assert weighted.value == pytest.approx(roc_auc_score(label, score, sample_weight=weight), abs=1e-12)
    assert number(auc.somers_d(table(score, label))).value == pytest.approx(2 * plain.value - 1, abs=1e-12)


@given(rows, st.integers(2, 4))
def test_a_weight_is_a_repeated_row(drawn: tuple[list[float], list[float], list[float]], times: int) -> None:
    """The value of rows of weight k is that of rows written k times."""
    score, label, _ = map(np.array, drawn)
    heavy = number(auc.auc(table(score, label, np.full(len(score), float(times)))))
    again = number(auc.auc(table(np.repeat(score, times), np.repeat(label, times))))
    assert heavy.value == pytest.approx(again.value, abs=1e-12)
    assert heavy.detail["se"] == pytest.approx(number(auc.auc(table(score, label))).detail["se"], abs=1e-12)


@given(rows, st.floats(0.001, 0.4))
def test_a_grid_is_inside_its_bound(drawn: tuple[list[float], list[float], list[float]], cell: float) -> None:
    """The exact value is never further from the grid's than the bound stated, and inside its interval."""
    score, label, _ = map(np.array, drawn)
    jittered = score + np.linspace(0, 0.0005, len(score))
    exact, grid = number(auc.auc(table(jittered, label))), number(auc.auc(gridded(jittered, label, cell)))
    assert abs(exact.value - grid.value) <= grid.bound + 1e-12
    assert (grid.low or 0) - 1e-12 <= exact.value <= (grid.high or 1) + 1e-12


@given(rows)
def test_any_rising_transform_leaves_it(drawn: tuple[list[float], list[float], list[float]]) -> None:
    """AUC and its error depend on the order alone."""
    score, label, _ = map(np.array, drawn)
    a = number(auc.auc(table(score, label)))
    b = number(auc.auc(ScoreTable.of(np.exp(3 * score), label, probability=False)))
    assert [a.value, a.detail["se"]] == pytest.approx([b.value, b.detail["se"]], abs=1e-9)


def test_delong_by_resampling() -> None:
    """The standard error is the spread of the AUC over independent samples."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(600):
        y = np.r_[np.zeros(150), np.ones(60)]
        found.append(number(auc.auc(ScoreTable.of(rng.normal(size=210) + y, y, probability=False))))
    assert np.mean([f.detail["se"] for f in found]) == pytest.approx(np.std([f.value for f in found]), rel=0.08)
    covered = [bool((f.low or 0) <= sps.norm.cdf(1 / np.sqrt(2)) <= (f.high or 0)) for f in found]
    assert 0.92 < sum(covered) / len(covered) < 0.98


@pytest.mark.parametrize("sizes", [(100, 100), (400, 30)])
def test_false_alarms_of_no_skill(sizes: tuple[int, int]) -> None:
    """A score of noise is told from 0.5 in 5 % of samples."""
    rng = np.random.default_rng(7)
    y = np.r_[np.zeros(sizes[0]), np.ones(sizes[1])]
    p = [number(auc.auc(ScoreTable.of(rng.random(len(y)), y))).p_value for _ in range(NULLS)]
    assert at_least() <= alarms(p) <= at_most()


@pytest.mark.parametrize("sizes", [(600, 600), (2_000, 300)])
def test_false_alarms_of_a_drop(sizes: tuple[int, int]) -> None:
    """Two samples of one population look like a loss in 5 % of pairs, equal sizes or not."""
    rng = np.random.default_rng(8)

    def drawn(n: int) -> ScoreTable:
        y = (rng.random(n) < 0.2).astype(float)
        return ScoreTable.of(rng.normal(size=n) + y, y, probability=False)

    p = [number(auc.drop(drawn(sizes[0]), drawn(sizes[1]))).p_value for _ in range(NULLS)]
    assert at_least() <= alarms(p) <= at_most()


def test_false_alarms_against_the_initial_value() -> None:
    """With the true value as the initial one, 5 % of samples fall short."""
    rng, truth = np.random.default_rng(9), float(sps.norm.cdf(1 / np.sqrt(2)))
    y = np.r_[np.zeros(400), np.ones(100)]
    p = []
    for _ in range(NULLS):
        drawn = ScoreTable.of(rng.normal(size=500) + y, y, probability=False)
        p.append(number(auc.vs_initial(drawn, initial=truth)).p_value)
    assert at_least() <= alarms(p) <= at_most()


def test_curves_run_from_corner_to_corner() -> None:
    """ROC and gains begin at (0, 0), end at (1, 1) and never fall."""
    rng = np.random.default_rng(1)
    y = (rng.random(5_000) < 0.1).astype(float)
    found = number(auc.auc(table(np.clip(rng.random(5_000) + 0.2 * y, 0, 1), y)))
    for name in ("roc", "gains"):
        points = np.array(found.detail[name])
        assert points[0].tolist() == [0.0, 0.0]
        assert points[-1].tolist() == [1.0, 1.0]
        assert (np.diff(points, axis=0) >= 0).all()
        assert len(points) <= curves.POINTS + 2


@pytest.mark.parametrize(
    ("score", "label", "says"),
    [([], [], "no row"), ([0.1, 0.2], [0, 0], "no events"), ([0.1, 0.2], [1, 1], "only events")],
)
def test_no_number(score: list[float], label: list[float], says: str) -> None:
    """No rows, or one class, are said; a loss needs both sides."""
    assert says in no_number(auc.auc(table(score, label))).because
    assert no_number(auc.drop(table([0.1, 0.2], [0, 1]), table(score, label))).because
    assert no_number(auc.vs_initial(table([0.1, 0.2], [0, 1]))).kind == "not-applicable"


def test_a_perfect_score_is_not_certain() -> None:
    """Four of four pairs right leave an interval well below one; all scores equal are 0.5 whatever the labels."""
    found = number(auc.auc(table([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])))
    assert found.value == 1.0
    assert found.low is not None
    assert found.low < 0.5
    assert number(auc.auc(table([0.3] * 4, [0, 1, 0, 1]))).value == 0.5
