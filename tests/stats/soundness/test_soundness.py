"""Statistics of soundness agree with the hand, with scikit-learn and with planted truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression

from secondline.core.estimate import Estimate, Undefined
from secondline.core.tables import Sample
from secondline.models import probes
from secondline.models.inprocess import wrapped
from secondline.stats import soundness


def sample(columns: dict[str, Any], total: int | None = None) -> Sample:
    rows = len(next(iter(columns.values())))
    return Sample(100_000, total or rows, np.arange(rows, dtype=np.uint64), columns)


def drawn(rows: int = 4_000, seed: int = 1) -> Sample:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 3))
    y = (draw.random(rows) < 1 / (1 + np.exp(-(1.5 * x[:, 0] + 0.5 * x[:, 1])))).astype(float)
    return sample({"a": x[:, 0], "b": x[:, 1], "idle": x[:, 2], "@label": y})


def test_parity_by_hand() -> None:
    """Of six rows: two equal, one within the tolerance, one beyond it, one scored on one side, one on neither."""
    recorded = np.array([0.1, 0.2, 0.3, 0.4, np.nan, np.nan])
    made = np.array([0.1, 0.2, 0.3 + 5e-7, 0.41, 0.5, np.nan])
    found = soundness.differing(recorded, made, 6)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(2 / 6)
    assert (found.low, found.high) == (None, None)
    assert found.detail["largest difference"] == pytest.approx(0.01)
    assert found.detail["scored on one side"] == 1
    assert "10,000 are customary" in found.warnings[0]


def test_parity_on_a_sample_has_clopper_and_pearsons_interval() -> None:
    """No difference in 10,000 of a million rows leaves at most 1 - 0.025^(1/10000) = 0.000369."""
    found = soundness.differing(np.zeros(10_000), np.zeros(10_000), 1_000_000)
    assert isinstance(found, Estimate)
    assert found.low == 0
    assert found.high == pytest.approx(beta.ppf(0.975, 1, 10_000))
    assert not found.warnings


def test_an_infinite_score_on_one_side_differs() -> None:
    """Infinity is not a score."""
    found = soundness.differing(np.array([np.inf, 0.1]), np.array([0.2, 0.1]), 2)
    assert isinstance(found, Estimate)
    assert found.value == 0.5


@pytest.mark.parametrize(
    "empty",
    [
        lambda: soundness.differing(np.empty(0), np.empty(0), 0),
        lambda: soundness.unrepeatable(np.empty(0), np.empty(0)),
        lambda: soundness.against(np.empty((0, 5)), 1),
        lambda: soundness.against(np.zeros((5, 1)), 1),
        lambda: soundness.outside(sample({"a": np.empty(0)}), sample({"a": np.zeros(3)}), ["a"]),
        lambda: soundness.outside(sample({"a": np.zeros(3)}), sample({"a": np.full(3, np.nan)}), ["a"]),
    ],
)
def test_nothing_to_measure_is_never_a_number(empty: Any) -> None:
    """No rows, or nothing to compare, is Undefined with a reason."""
    found = empty()
    assert isinstance(found, Undefined)
    assert found.because


def test_a_model_that_depends_on_its_neighbours_is_caught() -> None:
    """A score standardised by its own batch changes with the batch; one that depends on its row alone does not."""
    rows = drawn()
    fickle = wrapped(lambda columns: columns["a"] - columns["a"].mean(), ["a"])
    steady = wrapped(lambda columns: columns["a"] * 2, ["a"])
    bad = soundness.unrepeatable(*probes.twice(fickle, rows))
    good = soundness.unrepeatable(*probes.twice(steady, rows))
    assert isinstance(bad, Estimate)
    assert isinstance(good, Estimate)
    assert bad.value > 0.9
    assert good.value == 0


def test_missing_scores_repeat() -> None:
    """NaN twice is the same answer."""
    found = soundness.unrepeatable(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))
    assert isinstance(found, Estimate)
    assert found.value == 0


def test_edge_cases_are_told_apart() -> None:
    """A logistic function of one input answers all but the missing ones; each case is named."""
    rows = sample({"a": np.array([1.0, 2.0, 3.0]), "t": np.array(["x", "x", None], dtype=object)})
    with np.errstate(over="ignore"):
        model = wrapped(lambda columns: 1 / (1 + np.exp(-columns["a"])), ["a", "t"])
        found = soundness.unanswered(probes.edges(model, rows), probability=True)
    assert isinstance(found, Estimate)
    assert found.detail == {"all missing": "nan", "a = missing": "nan"}
    assert found.n == 8  # typical, all missing, four of a, two of t
    doubled = wrapped(lambda columns: np.where(np.isnan(columns["a"]), 2.0, 0.5), ["a"])
    over = soundness.unanswered(probes.edges(doubled, rows), probability=True)
    free = soundness.unanswered(probes.edges(doubled, rows), probability=False)
    assert isinstance(over, Estimate)
    assert isinstance(free, Estimate)
    assert (over.value, free.value) == (2, 0)


def test_directions_by_hand() -> None:
    """Of four rows one falls by 0.2 somewhere; a fall of rounding size is none; the other sign turns it around."""
    scores = np.array([[0.1, 0.2, 0.3], [0.1, 0.4, 0.2], [0.5, 0.5, 0.5], [0.3, 0.3 - 1e-12, 0.4]])
    found = soundness.against(scores, 1)
    assert isinstance(found, Estimate)
    assert found.value == 0.25
    assert found.detail["worst step"] == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((beta.ppf(0.025, 1, 4), beta.ppf(0.975, 2, 3)))
    turned = soundness.against(scores, -1)
    assert isinstance(turned, Estimate)
    assert turned.value == 0.75


def test_a_planted_reversal_is_found_and_a_monotone_model_is_cleared() -> None:
    """A bump in one input breaks its claim for every row; a rising function keeps it."""
    rows = drawn()
    bumped = wrapped(lambda columns: columns["b"] + np.sin(3 * columns["a"]), ["a", "b"])
    rising = wrapped(lambda columns: columns["b"] + np.tanh(columns["a"]), ["a", "b"])
    bad = soundness.against(probes.sweep(bumped, rows, "a"), 1)
    good = soundness.against(probes.sweep(rising, rows, "a"), 1)
    assert isinstance(bad, Estimate)
    assert isinstance(good, Estimate)
    assert (bad.value, good.value) == (1, 0)


def test_importance_agrees_with_scikit_learn() -> None:
    """The AUC lost equals sklearn's permutation importance within the interval; an idle input carries nothing."""
    rows = drawn(8_000)
    names = ["a", "b", "idle"]
    x, y = np.column_stack([rows.columns[n] for n in names]), rows.columns["@label"]
    fitted = LogisticRegression().fit(x, y)
    theirs: Any = permutation_importance(fitted, x, y, scoring="roc_auc", n_repeats=10, random_state=0)
    model = wrapped(fitted, names)
    ours = {}
    for i, name in enumerate(names):
        found = soundness.auc_lost(probes.produced(model, rows), probes.shuffled(model, rows, name, 3), rows)
        assert isinstance(found, Estimate)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= theirs.importances_mean[i] <= found.high
        ours[name] = found.value
    assert abs(ours["idle"]) < 0.002


def test_importance_covers_its_truth() -> None:
    """Over 200 drawn samples the 95 % interval holds the population's AUC loss in at least 180."""
    truth = _lost(drawn(400_000, 99))
    hits = 0
    for seed in range(200):
        found = _estimate(drawn(1_000, seed))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 180 <= hits <= 200


def _estimate(rows: Sample) -> Estimate:
    model = wrapped(lambda columns: 1.5 * columns["a"] + 0.5 * columns["b"], ["a", "b"])
    found = soundness.auc_lost(probes.produced(model, rows), probes.shuffled(model, rows, "b", 3), rows)
    assert isinstance(found, Estimate)
    return found


def _lost(rows: Sample) -> float:
    return _estimate(rows).value


def test_noise_costs_a_jagged_model_more() -> None:
    """A model that ranks by the third decimal loses its ranking; a smooth one does not. Flags are left alone."""
    rows = drawn()
    smooth = wrapped(lambda columns: columns["a"], ["a"])
    jagged = wrapped(lambda columns: np.sin(500 * columns["a"]), ["a"])
    score = np.sin(500 * rows.columns["a"])
    hard = sample({"a": rows.columns["a"], "@label": (score > 0).astype(float)})
    lost = {}
    for name, model, over in (("smooth", smooth, rows), ("jagged", jagged, hard)):
        found = soundness.auc_lost(probes.produced(model, over), probes.noisy(model, over, 0.1, 3), over)
        assert isinstance(found, Estimate)
        lost[name] = found.value
    assert lost["smooth"] < 0.01
    assert lost["jagged"] > 0.4
    flags = sample({"a": np.array([0.0, 1.0, 1.0, 0.0])})
    assert np.array_equal(probes.noisy(smooth, flags, 0.5, 1)[0], flags.columns["a"])


def test_one_class_has_no_ranking_to_lose() -> None:
    """Undefined, and it says what is needed."""
    rows = sample({"a": np.arange(5.0), "@label": np.ones(5)})
    found = soundness.auc_lost(np.arange(5.0), [np.arange(5.0)], rows)
    assert isinstance(found, Undefined)
    assert found.needed == "rows of both classes"


def test_rows_outside_are_counted_once() -> None:
    """Two of four rows leave the range; one does so in two features; text and NaN do not count."""
    reference = sample({"a": np.array([0.0, 1.0]), "b": np.array([0.0, 1.0]), "t": np.array(["x", "y"], dtype=object)})
    rows = sample(
        {
            "a": np.array([0.5, 2.0, np.nan, -1.0]),
            "b": np.array([0.5, 2.0, 0.1, 0.2]),
            "t": np.array(["z"] * 4, dtype=object),
        }
    )
    found = soundness.outside(rows, reference, ["a", "b", "t", "absent"])
    assert isinstance(found, Estimate)
    assert found.value == 0.5
    assert found.detail == {"a": 0.5, "b": 0.25}


def test_inputs_are_held_against_the_documentation() -> None:
    """An excluded input, an undocumented one and the outcome are named apart; without a list none is undocumented."""
    used = ("age", "income", "zip", "bad")
    found = soundness.unexpected(used, {"age"}, {"bad"}, ("income",))
    assert isinstance(found, Estimate)
    assert found.value == 3
    assert found.detail == {
        "bad": "holds the outcome or a score",
        "age": "excluded or protected",
        "zip": "not among the features",
    }
    free = soundness.unexpected(used, {"age"}, set(), None)
    assert isinstance(free, Estimate)
    assert free.detail == {"age": "excluded or protected"}
