"""Worst subpopulations, tilts and boundaries agree with distributions whose answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from make import no_number, number
from planted import drawn
from secondline.core.tables import Sample
from secondline.stats.robustness import boundary, shift, weakness

NAMES = [f"x{k}" for k in range(6)]


def worst(rows: Sample) -> Any:
    return shift.worst(rows, weakness.cut_all(rows, NAMES))


def test_the_curve_of_a_right_model_keeps_its_promise() -> None:
    """Where probabilities are right, the loss of the worst rows is what they promise, and more for fewer."""
    found = number(worst(drawn(20_000)[0]))
    curve = found.detail["curve"]
    assert curve[0]["loss"] < curve[1]["loss"] < curve[3]["loss"] + 0.01
    assert all(abs(point["excess"]) < 0.03 for point in curve)
    assert found.value == curve[1]["loss"]
    assert found.value > found.detail["all rows"]


def test_a_planted_subpopulation_is_who_is_in_it() -> None:
    """Where the odds of a region are times eight, its rows are the worst twentieth's excess, named by their columns."""
    rows, bad = drawn(20_000, odds=8.0)
    found = number(worst(rows))
    assert found.detail["curve"][1]["excess low"] > 0
    assert bad.mean() == pytest.approx(0.08, abs=0.01)
    assert any("x3" in cell["region"] or "x4" in cell["region"] for cell in found.detail["who"])


def test_conditional_value_at_risk_of_a_normal() -> None:
    """With the expectation known, the mean loss of the worst fifth of a normal is phi(z) / 0.2."""
    z = np.random.default_rng(1).normal(size=200_000)
    point = shift._point(0.2, z, z, np.zeros(200_000), np.ones(200_000), 0.95)
    assert point["loss"] == pytest.approx(norm.pdf(norm.isf(0.2)) / 0.2, abs=0.01)
    assert point["low"] < norm.pdf(norm.isf(0.2)) / 0.2 < point["high"]


def test_the_interval_covers() -> None:
    """Over 400 samples of 1,000 normals the interval covers the true value about 95 times in 100."""
    truth = norm.pdf(norm.isf(0.2)) / 0.2
    rng = np.random.default_rng(2)
    points = [shift._point(0.2, z, z, 0 * z, np.ones(1_000), 0.95) for z in rng.normal(size=(400, 1_000))]
    assert np.mean([p["low"] <= truth <= p["high"] for p in points]) >= 0.91


def test_ridge_is_scikit_learns() -> None:
    """Each fold's prediction is that of scikit-learn's ridge on the other folds, its target centred."""
    rng = np.random.default_rng(3)
    x, y, w = rng.integers(0, 2, (300, 6)).astype(float), rng.normal(size=300), rng.uniform(0.5, 2, 300)
    fold = np.arange(300) % shift.FOLDS
    found = shift.cross_fitted(x, y, w, fold)
    w = w / w.mean()
    rest = fold != 0
    mean = w[rest] @ y[rest] / w[rest].sum()
    fit = Ridge(alpha=shift.PENALTY, fit_intercept=False).fit(x[rest], y[rest] - mean, sample_weight=w[rest])
    assert found[fold == 0] == pytest.approx(mean + fit.predict(x[fold == 0]))


def test_the_upper_part_holds_its_share_of_weight() -> None:
    """Half of the weight of four rows is the one heavy row; ties at the edge are all in."""
    assert shift._upper(np.array([4.0, 3, 2, 1]), np.array([3.0, 1, 1, 1]), 0.5).tolist() == [True, False, False, False]
    assert shift._upper(np.array([2.0, 2, 2, 1]), np.ones(4), 0.25).tolist() == [True, True, True, False]


def test_too_few_to_rank() -> None:
    """Few rows or one class have no worst part."""
    assert no_number(worst(drawn(100)[0])).kind == "too-few"
    rows, _ = drawn(1_000)
    one = Sample(rows.k, rows.total, rows.hashes, rows.columns | {"@label": np.ones(1_000)})
    assert no_number(worst(one)).kind == "too-few"


def test_tilts_leave_the_effective_rows_that_theory_says() -> None:
    """A tilt of a normal by t leaves n exp(-t^2) effective rows, and the AUC is scikit-learn's, weighted."""
    rows, _ = drawn(20_000)
    found = number(shift.tilt(rows, ["x0", "x5"]))
    assert found.detail["as it is"]["effective rows"] == pytest.approx(20_000)
    by = {(p["column"], p["tilt"]): p for p in found.detail["tilts"]}
    assert by["x0", 0.5]["effective rows"] == pytest.approx(20_000 * np.exp(-0.25), rel=0.02)
    z = shift.normal_ranks(rows.columns["x0"])
    assert z is not None
    auc = roc_auc_score(rows.columns["@label"], rows.columns["@score"], sample_weight=np.exp(0.5 * z))
    assert by["x0", 0.5]["auc"] == pytest.approx(auc)
    assert found.value == min(p["auc"] for p in found.detail["tilts"])
    assert by["x5", 1.0]["observed over predicted"] == pytest.approx(1, abs=0.15)


def test_what_cannot_be_tilted() -> None:
    """Flags, texts and one class leave nothing to tilt; a missing value stays where it is."""
    rows, _ = drawn(1_000)
    odd = rows.columns | {
        "flag": (rows.columns["x0"] > 0).astype(float),
        "word": np.array(["a", "b"] * 500, dtype=object),
    }
    held = Sample(rows.k, rows.total, rows.hashes, odd)
    assert no_number(shift.tilt(held, ["flag", "word", "absent"])).kind == "not-applicable"
    one = Sample(rows.k, rows.total, rows.hashes, rows.columns | {"@label": np.zeros(1_000)})
    assert "one class" in no_number(shift.tilt(one, ["x0"])).because
    ranks = shift.normal_ranks(np.array([1.0, 2.0, 3.0, np.nan]))
    assert ranks is not None
    assert ranks.tolist() == pytest.approx([norm.ppf(1 / 6), 0, norm.ppf(5 / 6), 0])


def test_unchanged_rows_are_as_sparse_as_expected() -> None:
    """Rows drawn as development was are outside about 1 time in 100, and moved ones far more often."""
    now, dev = drawn(6_000, 2)[0], drawn(8_000, 1)[0]
    same = number(boundary.operating_boundary(now, dev, NAMES))
    assert 0.004 < same.value < 0.02
    # Two inputs that were unrelated and now move as one: every number is within its range.
    joined = now.columns | {f"x{k}": now.columns["x0"] for k in range(1, 6)}
    moved = number(boundary.operating_boundary(Sample(now.k, now.total, now.hashes, joined), dev, NAMES))
    assert (moved.low or 0) > 0.1
    assert moved.detail["score"]["inside"]["rows"] + moved.detail["score"]["outside"]["rows"] == 6_000


def test_distances_are_scikit_learns() -> None:
    """The mean distance to the five nearest is that of NearestNeighbors."""
    rng = np.random.default_rng(5)
    points, known = rng.random((50, 4)), rng.random((200, 4))
    expected = NearestNeighbors(n_neighbors=5).fit(known).kneighbors(points)[0].mean(axis=1)
    assert boundary.distances(points, known) == pytest.approx(expected)


def test_bounds_are_conditions_of_use() -> None:
    """A number, a level never seen and a value newly missing are each outside their bound."""
    number_ = boundary.bound("x", np.arange(10_000.0), 0.001)
    assert number_ is not None
    assert number_.condition() == {"column": "x", "at_least": 10.0, "at_most": 9_989.0, "may_be_missing": False}
    assert number_.outside(np.array([9.0, 10.0, np.nan, np.inf])).tolist() == [True, False, True, True]
    text = boundary.bound("t", np.array(["a", None, "b"], dtype=object), 0.001)
    assert text is not None
    assert text.condition() == {"column": "t", "one_of": ["a", "b"], "may_be_missing": True}
    assert text.outside(np.array(["a", "c", None], dtype=object)).tolist() == [False, True, False]
    assert boundary.bound("x", np.full(3, np.nan), 0.001) is None


def test_levels_and_missing_values_are_one_apart() -> None:
    """Along one text or one missing value, two rows that differ lie at distance one."""
    columns = {"t": np.array(["a", "b"] * 200, dtype=object), "x": np.array([1.0, 2.0] * 200)}
    rows = Sample(400, 400, np.arange(400, dtype=np.uint64), columns)
    bounds = [b for n in columns if (b := boundary.bound(n, columns[n], 0.0))]
    points = boundary.space(rows, bounds).place(rows, slice(0, 2))
    assert np.linalg.norm(points[0][2:] - points[1][2:]) == pytest.approx(1)


def test_too_little_development() -> None:
    """Under 200 reference rows nobody knows where development lay."""
    rows, _ = drawn(1_000)
    assert no_number(boundary.operating_boundary(rows, drawn(100)[0], NAMES)).kind == "too-few"
    assert no_number(boundary.operating_boundary(rows, rows, ["absent"])).kind == "too-few"


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=60, unique=True))
def test_ranks_know_only_order(values: list[float]) -> None:
    """A monotone change of scale leaves normal ranks as they were."""
    x = np.asarray(np.round(np.array(values), 3), dtype=np.float64)
    one, two = shift.normal_ranks(x), shift.normal_ranks(np.asarray(x * 8 + 1, dtype=np.float64))
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert np.allclose(one, two)
