"""Moving one input, or two: the rows scored, text and missing values, and curves of functions that are known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.inspection import partial_dependence

from secondline.models.effects import effect
from secondline.models.inprocess import wrapped
from secondline.models.pairs import pairs

DRAW = np.random.default_rng(11)
N = 3_000
COLUMNS: dict[str, Any] = {
    "a": DRAW.normal(size=N), "b": DRAW.normal(size=N), "flag": (DRAW.random(N) < 0.3).astype(float),
    "region": np.array(["north", "south", "west"], dtype=object)[DRAW.integers(0, 3, N)],
}  # fmt: skip
HEIGHT = {"north": 0.0, "south": 1.0, "west": 3.0}


def score(c: dict[str, Any]) -> Any:
    region = np.array([HEIGHT.get(value, -1.0) for value in c["region"]])
    return 10 + np.nan_to_num(c["a"], nan=2.0) ** 2 + 2 * c["b"] * c["flag"] + region


MODEL = wrapped(score, tuple(COLUMNS))


def test_steps_are_differences_across_each_rows_bin() -> None:
    """Every row scored moves from the lower to the upper edge of its own bin, and each bin has its share."""
    found = effect(MODEL, COLUMNS, "a", bins=10, per_bin=50, repeated=30)
    assert (found.scale, found.rows, found.missing) == ("score", N, 0.0)
    assert found.edges[[0, -1]] == pytest.approx([COLUMNS["a"].min(), COLUMNS["a"].max()])
    assert np.allclose(found.steps, found.edges[found.place + 1] ** 2 - found.edges[found.place] ** 2)
    assert np.bincount(found.place).tolist() == [50] * 10
    assert found.shares == pytest.approx(np.full(10, 0.1), abs=0.001)
    assert found.curves.shape == (30, 11)


def test_a_bin_holds_its_upper_edge() -> None:
    """A flag has one bin, from 0 to 1, with every row in it."""
    found = effect(MODEL, COLUMNS, "flag", per_bin=10_000)
    assert found.edges.tolist() == [0.0, 1.0]
    assert len(found.steps) == N
    assert np.allclose(found.steps, 2 * COLUMNS["b"])


def test_curves_equal_scikit_learns_partial_dependence() -> None:
    """On the same rows and grid the mean of our curves is its brute-force average."""
    x = np.column_stack([COLUMNS["a"], COLUMNS["b"]])
    fitted = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(x, x[:, 0] ** 2 + x[:, 1])
    found = effect(wrapped(fitted, ("a", "b")), COLUMNS, "a", repeated=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = partial_dependence(fitted, x[:200], [0], custom_values={0: found.grid}, method="brute")
    assert np.allclose(found.curves.mean(axis=0), theirs["average"][0], atol=1e-12)


def test_text_and_missing_values_are_tried() -> None:
    """A text takes each of its levels; a missing value is one of its own, and is out of the bins."""
    found = effect(MODEL, COLUMNS, "region", repeated=20)
    assert found.levels == ("north", "south", "west")
    assert np.allclose(found.curves - found.curves[:, :1], [0.0, 1.0, 3.0])
    assert found.parts.sum() == pytest.approx(1.0)
    gappy = COLUMNS | {"a": np.where(np.arange(N) % 4 == 0, np.nan, COLUMNS["a"])}
    moved = effect(MODEL, gappy, "a", repeated=20)
    assert moved.missing == pytest.approx(0.25)
    assert np.isfinite(moved.edges).all()
    base = score({n: v[:20] for n, v in COLUMNS.items()}) - COLUMNS["a"][:20] ** 2
    assert np.allclose(moved.without, base + 4.0)


def test_weights_count_in_shares() -> None:
    """The share of a bin is its weight over all weight."""
    weight = np.where(COLUMNS["a"] > 0, 3.0, 1.0)
    found = effect(MODEL, COLUMNS | {"@weight": weight}, "a", bins=2)
    assert found.shares[1] == pytest.approx(weight[COLUMNS["a"] > found.edges[1]].sum() / weight.sum(), abs=0.002)


def test_probabilities_move_in_log_odds_and_turn_with_the_sign() -> None:
    """A logistic curve is a straight line; lower-is-riskier turns it over."""
    model = wrapped(lambda c: 1 / (1 + np.exp(-2 * c["a"])), ("a",))
    found = effect(model, COLUMNS, "a", sign=-1.0, bins=4, per_bin=5)
    assert found.scale == "log-odds"
    assert np.allclose(found.steps, -2 * np.diff(found.edges)[found.place])


def test_nothing_to_move() -> None:
    """A constant, and a column without a number, have no curve."""
    for values in (np.ones(N), np.full(N, np.nan)):
        found = effect(MODEL, COLUMNS | {"a": values}, "a")
        assert len(found.shares) == 0
        assert found.steps.size == 0


def test_pairs_borrow_from_lenders() -> None:
    """Row i lends to row b: with both inputs of the pair, or with one."""
    found = pairs(MODEL, COLUMNS, ("a", "b", "flag"), rows=15)
    assert found.names == (("a", "b"), ("a", "flag"), ("b", "flag"))
    assert found.single.shape == (3, 15, 15)
    mixed = {name: values[15:30].copy() for name, values in COLUMNS.items()}
    mixed["b"][:], mixed["flag"][:] = COLUMNS["b"][4], COLUMNS["flag"][4]
    assert np.allclose(found.double[2][4], score(mixed))
    few = pairs(MODEL, {name: values[:1] for name, values in COLUMNS.items()}, ("a", "b"))
    assert few.double.shape == (1, 1, 1)
