"""What every kind promises: the same model for the same rows, an answer for every row, and no surprises."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from models.challengers.drawn import area, drawn
from secondline.core.canonical import canonical
from secondline.core.errors import MissingExtra, ModelError
from secondline.models.challengers import fit

KINDS = ["logistic", "scorecard", "ebm", "boosting"] + (["network"] if find_spec("torch") else [])
HELD = ["scorecard", "ebm", "boosting"]
QUICK: dict[str, Any] = {"network": {"epochs": 15}, "ebm": {"bags": 2}}


def fitted(kind: str, columns: Any, label: Any, weight: Any = None, **more: Any) -> Any:
    return fit(kind, columns, label, weight, settings=QUICK.get(kind), **more)


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_signal_is_found_in_rows_not_seen(kind: str) -> None:
    """Probabilities rank unseen rows nearly as the truth does, and their mean is the event rate."""
    model = fitted(kind, *drawn(4_000, 1))
    columns, label = drawn(4_000, 2)
    p = model.score(columns)
    assert area(p, label) > 0.78
    assert p.mean() == pytest.approx(label.mean(), abs=0.03)
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_give_the_same_model(kind: str) -> None:
    """Digest and every score are equal to the bit when a fit is repeated."""
    columns, label = drawn(800)
    one, two = (fitted(kind, columns, label, seed=5) for _ in range(2))
    assert one.digest == two.digest
    np.testing.assert_array_equal(one.score(columns), two.score(columns))


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_gets_a_score(kind: str) -> None:
    """Missing, infinite, extreme and never seen values get a finite probability, whatever came with them."""
    columns, label = drawn(800)
    model = fitted(kind, columns, label)
    odd = {
        "up": np.array([np.nan, np.inf, -np.inf, 1e12, -1e12]),
        "down": np.full(5, np.nan),
        "noise": np.zeros(5),
        "grade": np.array([None, "never seen", "a", "", "c"], dtype=object),
    }
    p = model.score(odd)
    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_odd_columns_do_no_harm(kind: str) -> None:
    """Keys, flags, huge and tiny numbers, nearly empty columns and the outcome itself: finite scores, facts as JSON."""
    draw, n = np.random.default_rng(0), 400
    label = (draw.random(n) < 0.3).astype(float)
    columns = {
        "key": np.array([f"u{i}" for i in range(n)], dtype=object),
        "flag": draw.random(n) < 0.5,
        "whole": draw.integers(0, 5, n),
        "huge": draw.integers(0, 2, n) * 1e15,
        "tiny": draw.normal(size=n) * 1e-12,
        "empty": np.where(draw.random(n) < 0.98, np.nan, 1.0),
        "skewed": draw.lognormal(0, 5, n),
        'named {}[]:,"': draw.normal(size=n),
        "outcome": label.copy(),
    }
    model = fitted(kind, columns, label)
    assert set(model.features) == set(columns)
    assert np.isfinite(model.score(columns)).all()
    assert area(model.score(columns), label) > 0.95
    assert canonical(model.to_json())


@pytest.mark.parametrize("kind", HELD)
def test_a_direction_holds_for_every_row(kind: str) -> None:
    """Swept over its range, a claimed input never moves the score the wrong way, though the data say otherwise."""
    columns, label = drawn(1_500, 3)
    model = fitted(kind, columns, label, monotone={"up": "increasing", "noise": "decreasing", "down": "increasing"})
    few = {name: np.repeat(values[:40], 25) for name, values in columns.items()}
    for name, sign in (("up", 1), ("noise", -1), ("down", 1)):
        swept = few | {name: np.tile(np.linspace(-3, 3, 25), 40)}
        steps = sign * np.diff(model.score(swept).reshape(40, 25), axis=1)
        assert steps.min() > -1e-12


def test_a_weight_of_two_is_a_row_twice() -> None:
    """Integer weights and repeated rows give the same coefficients."""
    columns, label = drawn(600, gaps=False)
    columns.pop("grade")  # rare texts are counted in rows, not in weight
    times = np.where(np.arange(600) % 3 == 0, 2, 1)
    twice = np.repeat(np.arange(600), times)
    one = fit("logistic", columns, label, times.astype(float), settings={"ridge": 1e-6})
    two = fit("logistic", {n: v[twice] for n, v in columns.items()}, label[twice], settings={"ridge": 1e-6})
    np.testing.assert_allclose(one.score(columns), two.score(columns), atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_ratio_of_weights_counts(kind: str) -> None:
    """Weights seven times as large give the same scores; weights that favour the events raise them."""
    columns, label = drawn(800)
    weight = np.random.default_rng(1).choice([0.5, 1.0, 2.0], 800)
    one, two = (fitted(kind, columns, label, times * weight).score(columns) for times in (1.0, 7.0))
    np.testing.assert_allclose(one, two, atol=1e-6)
    assert fitted(kind, columns, label, 1 + 4 * label).score(columns).mean() > one.mean() + 0.1


def test_rows_without_an_outcome_or_a_weight_are_left_out() -> None:
    """They change nothing, and the rows used are counted."""
    columns, label = drawn(600)
    more = {name: np.concatenate([values, values[:100]]) for name, values in columns.items()}
    labels = np.concatenate([label, np.full(50, np.nan), np.zeros(50)])
    weights = np.concatenate([np.ones(650), np.zeros(50)])
    model = fit("logistic", more, labels, weights)
    assert model.digest == fit("logistic", columns, label).digest
    assert (model.facts["rows"], model.facts["events"]) == (600, int(label.sum()))


def test_features_that_do_not_vary_are_left_out_and_named() -> None:
    """A constant, an empty column and a text of one value are not fitted on; the model does not ask for them."""
    columns, label = drawn(400)
    dull = {"same": np.ones(400), "empty": np.full(400, np.nan), "word": np.array(["x"] * 400, dtype=object)}
    model = fit("logistic", columns | dull, label)
    assert model.features == tuple(columns)
    assert model.facts["without variation"] == list(dull)
    with pytest.raises(ModelError, match="None of the features varies"):
        fit("logistic", dull, label)


def test_only_named_features_are_read() -> None:
    """A model of two features needs no other column, and the order is the caller's."""
    columns, label = drawn(400)
    model = fit("scorecard", columns, label, features=["down", "up"], settings={"least-information": 0})
    assert model.features == ("down", "up")
    assert len(model.score({"up": np.zeros(3), "down": np.zeros(3)})) == 3


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("forest", {}, "No kind of challenger is called 'forest'. Known: logistic"),
        ("logistic", {"features": ["upp"]}, "no column 'upp' to fit on. Did you mean 'up'"),
        ("logistic", {"monotone": {"age": "increasing"}}, "no column 'age'"),
        ("boosting", {"settings": {"leafs": 3}}, "no setting 'leafs'. Did you mean 'leaves'"),
        ("boosting", {"settings": {"leaves": 1}}, "setting 'leaves' of a boosting challenger"),
    ],
)
def test_what_is_wrong_is_named(kind: str, change: dict[str, Any], said: str) -> None:
    """Each mistake has a message that names it and what would be right."""
    columns, label = drawn(400)
    with pytest.raises(ModelError, match=said):
        fit(kind, columns, label, **change)


def test_too_few_events_are_refused() -> None:
    """49 events are not fitted on."""
    columns, _ = drawn(400)
    with pytest.raises(ModelError, match="49 events in 400 rows"):
        fit("logistic", columns, (np.arange(400) < 49).astype(float))


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install what is missing."""
    monkeypatch.setitem(sys.modules, "torch", None)  # an import of it fails, installed or not
    with pytest.raises(MissingExtra, match=r"pip install 'secondline\[torch\]'"):
        fit("network", *drawn(400))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_not_learnt(kind: str) -> None:
    """Where there is nothing to learn, no kind ranks unseen rows: its AUC is within four standard errors of a half."""
    columns, _ = drawn(3_000, 4)
    label = (np.random.default_rng(9).random(3_000) < 0.3).astype(float)
    model = fitted(kind, {n: v[:1_500] for n, v in columns.items()}, label[:1_500])
    assert area(model.score({n: v[1_500:] for n, v in columns.items()}), label[1_500:]) == pytest.approx(0.5, abs=0.066)
