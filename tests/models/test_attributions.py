"""Sampled and enumerated Shapley values: axioms, known games, honest errors, text and missing values."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondline.core.errors import ModelError
from secondline.models.attributions import Attributions, attribute
from secondline.models.inprocess import wrapped
from secondline.models.model import Model

DRAW = np.random.default_rng(5)
X, ABSENT = DRAW.normal(size=(12, 8)), DRAW.normal(size=(20, 8))
NAMES = tuple(f"x{i}" for i in range(8))


def columns(x: Any, names: tuple[str, ...] = NAMES) -> dict[str, Any]:
    return {name: x[:, i] for i, name in enumerate(names)}


def model(function: Any, names: tuple[str, ...] = NAMES) -> Model:
    return wrapped(function, names)


def tangled(c: dict[str, Any]) -> Any:
    """Three inputs that act together, a product, a line, and two inputs that do nothing."""
    return c["x0"] * c["x1"] + 2 * c["x2"] + np.maximum(c["x3"], c["x4"]) * c["x5"]


def by_definition(function: Any, x: Any, absent: Any) -> Any:
    """Shapley's formula over all orders, written out for one row."""
    d = len(x)
    found = np.zeros(d)

    def worth(inside: tuple[int, ...]) -> float:
        mixed = absent.copy()
        mixed[:, inside] = x[list(inside)]
        return float(function(columns(mixed, NAMES[:d])).mean())

    orders = list(permutations(range(d)))
    for order in orders:
        for i, j in enumerate(order):
            found[j] += worth(tuple(order[: i + 1])) - worth(tuple(order[:i]))
    return found / len(orders)


def test_enumeration_is_the_definition() -> None:
    """All coalitions give what all orders give."""
    names = NAMES[:4]

    def function(c: dict[str, Any]) -> Any:
        return c["x0"] * c["x1"] * c["x2"] + np.abs(c["x3"] - c["x0"])

    found = attribute(model(function, names), columns(X, names), columns(ABSENT, names))
    assert found.method == "every coalition, interventional"
    assert found.error is None
    wanted = [by_definition(function, row, ABSENT[:, :4]) for row in X[:, :4]]
    assert np.allclose(found.values, wanted, atol=1e-12)


def test_sampling_agrees_with_enumeration_and_knows_its_error() -> None:
    """Over seeds, about 95 in 100 intervals of two errors hold the exact value; an unused input gets exactly 0."""
    game = model(tangled)
    exact = attribute(game, columns(X), columns(ABSENT), method="enumeration").values
    held = []
    for seed in range(12):
        found = attribute(game, columns(X), columns(ABSENT), samples=80, seed=seed)
        assert found.error is not None
        assert np.abs(found.gap).max() < 1e-9
        assert np.abs(found.values[:, [0, 1, 2, 6, 7]] - exact[:, [0, 1, 2, 6, 7]]).max() < 1e-9
        held.append(np.abs(found.values - exact)[:, 3:6] < 1.96 * found.error[:, 3:6])
    assert 0.90 < np.mean(held) < 0.985


def test_sampling_repeats_to_the_bit_and_by_row() -> None:
    """The same seed gives the same values, whatever else is explained beside a row."""
    game = model(tangled)
    whole = attribute(game, columns(X), columns(ABSENT), samples=40)
    again = attribute(game, columns(X), columns(ABSENT), samples=40)
    some = attribute(game, columns(X[:3]), columns(ABSENT), samples=40)
    assert np.array_equal(whole.values, again.values)
    assert np.allclose(whole.values[:3], some.values, atol=1e-12)


@given(seed=st.integers(0, 10_000), d=st.integers(2, 5), sampled=st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_axioms_hold(seed: int, d: int, sampled: bool) -> None:
    """Efficiency, symmetry and dummy: contributions add up, twins get the same, the idle get nothing."""
    draw = np.random.default_rng(seed)
    names = NAMES[: d + 1]
    x, absent = draw.normal(size=(4, d + 1)), draw.normal(size=(6, d + 1))
    x[:, 1], absent[:, 1] = x[:, 0], absent[:, 0]  # twins
    weights = draw.normal(size=d + 1)
    weights[1] = weights[0]
    weights[d] = 0.0

    def function(c: dict[str, Any]) -> Any:
        total = sum(w * c[n] for w, n in zip(weights, names, strict=True))
        return total + (c["x0"] * c["x1"] if d > 1 else 0.0)

    found = attribute(
        model(function, names), columns(x, names), columns(absent, names),
        method="sampling" if sampled else "enumeration", samples=12,
    )  # fmt: skip
    assert np.abs(found.gap).max() < 1e-9
    assert np.allclose(found.values[:, d], 0.0, atol=1e-9) or d == 1
    if not sampled:
        assert np.allclose(found.values[:, 0], found.values[:, 1], atol=1e-9)


def test_probabilities_are_explained_in_log_odds() -> None:
    """A logistic model of any make gets beta_j (x_j - E x_j), with no sampling error (golden: linear exactness)."""
    beta = np.linspace(-1, 1, 8)

    def function(c: dict[str, Any]) -> Any:
        return 1 / (1 + np.exp(-(0.5 + sum(b * c[n] for b, n in zip(beta, NAMES, strict=True)))))

    found = attribute(model(function), columns(X), columns(ABSENT), samples=40)
    assert found.scale == "log-odds"
    assert found.background == 20
    assert np.allclose(found.values, beta * (X - ABSENT.mean(axis=0)), atol=1e-9)
    assert found.error is not None
    assert found.error.max() < 1e-9


def test_a_probability_of_one_keeps_its_scale() -> None:
    """Where a score is 0 or 1 there are no log-odds, and contributions are to the probability."""
    found = attribute(model(lambda c: (c["x0"] > 0).astype(float)), columns(X), columns(ABSENT), samples=8)
    assert found.scale == "probability"
    assert np.allclose(found.values[:, 0], (X[:, 0] > 0) - (ABSENT[:4, 0] > 0).mean())


def test_text_and_missing_values() -> None:
    """Texts and missing numbers are values like others."""
    region = np.array(["north", "south", None] * 4, dtype=object)
    income = np.where(np.arange(12) % 4 == 0, np.nan, np.arange(12.0))

    def function(c: dict[str, Any]) -> Any:
        return 3.0 * (c["region"] == "north") + np.where(np.isnan(c["income"]), -1.0, c["income"])

    given_ = {"region": region, "income": income}
    found = attribute(model(function, ("region", "income")), given_, given_)
    filled = np.where(np.isnan(income), -1.0, income)
    assert np.allclose(found.values[:, 0], 3.0 * ((region == "north") - 1 / 3))
    assert np.allclose(found.values[:, 1], filled - filled.mean())


def test_a_row_without_a_score_has_no_attributions() -> None:
    """NaN stays with its row; a background row without a score stands for nothing."""
    x, absent = X.copy(), ABSENT.copy()
    x[2, 0], absent[:5, 0] = np.nan, np.nan
    found = attribute(model(tangled), columns(x), columns(absent), samples=20)
    assert np.isnan(found.values[2]).any()
    assert np.isfinite(np.delete(found.values, 2, axis=0)).all()
    assert found.background == 10
    with pytest.raises(ModelError, match="scores no row of the background"):
        attribute(model(tangled), columns(x), columns(np.full((3, 8), np.nan)))


def test_no_rows_and_one_input() -> None:
    """Nothing to explain gives nothing; one input gets all of it."""
    empty = attribute(model(tangled), columns(X[:0]), columns(ABSENT), samples=10)
    assert empty.values.shape == (0, 8)
    one = attribute(model(lambda c: c["x0"] ** 2, ("x0",)), columns(X, ("x0",)), columns(ABSENT, ("x0",)))
    assert np.allclose(one.values[:, 0] + one.base, X[:, 0] ** 2)
    few = attribute(
        model(lambda c: c["x0"] ** 2, ("x0",)), columns(X, ("x0",)), columns(ABSENT, ("x0",)), method="sampling"
    )
    assert isinstance(few, Attributions)
    assert np.allclose(few.values, one.values)


def test_refusals_say_what_next() -> None:
    """A column that is not there, a method that is not there, and too many coalitions."""
    with pytest.raises(ModelError, match="the rows to explain have no such column"):
        attribute(model(tangled), columns(X[:, :7], NAMES[:7]), columns(ABSENT))
    with pytest.raises(ModelError, match="sample it"):
        attribute(model(tangled), columns(X), columns(ABSENT), method="native")
    many = tuple(f"x{i}" for i in range(15))
    wide = np.zeros((2, 15))
    with pytest.raises(ModelError, match="Every coalition of 15 inputs is too many"):
        attribute(model(tangled, many), columns(wide, many), columns(wide, many), method="enumeration")


def test_what_does_not_change_is_not_scored() -> None:
    """Inputs that equal the background's, missing ones and texts among them, get exactly nothing and cost no row."""
    scored: list[int] = []

    def counted(c: dict[str, Any]) -> Any:
        scored.append(len(c["x0"]))
        return c["x0"] * c["x1"] + c["x2"] + (c["x6"] == "a") + np.nan_to_num(c["x3"]) * c["x2"]

    one, few = columns(X[:1]), columns(ABSENT[:10])
    one["x6"], few["x6"] = np.array(["a"], dtype=object), np.array(["a"] * 10, dtype=object)
    one["x3"], few["x3"] = np.array([np.nan]), np.full(10, np.nan)
    one["x5"], few["x5"] = np.array([None], dtype=object), np.array([None] * 10, dtype=object)
    found = attribute(model(counted), one, few, samples=20)
    assert (found.values[0, [3, 5, 6]] == 0.0).all()
    assert np.abs(found.gap).max() < 1e-12
    # A permutation moves five of eight inputs, and is scored after each move but its last step.
    assert 10 + 1 < sum(scored) <= 11 + 2 * 20 * 5 < 11 + 2 * 20 * 7
