"""Reasons agree with cards worked by hand and lines worked on paper, whatever the order of rows and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import credit
from secondline.core.errors import ModelError
from secondline.core.spec import ModelSpec
from secondline.models.additive import additive
from secondline.models.deciding import Deciding, picked
from secondline.models.model import Contributions, Explain, Model
from secondline.models.reasons import BY_PERSON, BY_RULE, Reasons, explainer, principal_reasons

TEXTS = {
    "R1": {"says": "Late payments in the last year", "features": ["late"]},
    "R2": {"says": "Short history with a bank", "features": ["years"], "missing": "No history with a bank on file"},
    "R3": {"says": "Balances are high against limits", "features": ["used"]},
}
APPLICANTS = {
    "late": np.array([0.0, 1, 3, 0, 4]),
    "years": np.array([12.0, 5, 1, 1, np.nan]),
    "used": np.array([10.0, 40, 95, 60, 95]),
}
"""By the card: 60 + 40 + 50 = 150, 30 + 25 + 50 = 105, 0 + 10 + 5 = 15, 60 + 10 + 20 = 90, 0 + 0 + 5 = 5 points."""


def codes(found: Reasons, row: int) -> list[str]:
    return [code for code, _, _ in found.of(row)]


def told(model: Model, spec: ModelSpec, columns: Any, reference: Any = None, *, every: bool = False) -> Reasons:
    return principal_reasons(model, columns if reference is None else reference, columns, spec, every=every)


def test_points_below_the_best_by_hand() -> None:
    """The third applicant is 60, 45 and 30 points below the best of late, used and years; approved ones get nothing."""
    spec = credit.card_spec(reasons={"method": "points-below-best", "texts": TEXTS})
    found = told(credit.card(), spec, APPLICANTS)
    assert [codes(found, row) for row in range(4)] == [[], [], ["R1", "R3", "R2"], ["R2", "R3"]]
    assert [weight for *_, weight in found.of(2)] == pytest.approx([60, 45, 30])
    assert [weight for *_, weight in found.of(3)] == pytest.approx([30, 30])


def test_equal_points_keep_the_order_of_the_declaration() -> None:
    """The fourth applicant lacks 30 points of years and 30 of used: whichever text stands first is named first."""
    for order in (("R1", "R2", "R3"), ("R3", "R2", "R1")):
        spec = credit.card_spec(reasons={"method": "points-below-best", "texts": {code: TEXTS[code] for code in order}})
        found = told(credit.card(), spec, APPLICANTS)
        assert codes(found, 3) == [code for code in order if code != "R1"]


def test_points_below_the_mean_by_hand() -> None:
    """The means over the five are 30, 17 and 26 points; the third applicant lacks 30, 7 and 21 of them."""
    spec = credit.card_spec(reasons={"method": "points-below-mean", "texts": TEXTS})
    found = told(credit.card(), spec, APPLICANTS)
    assert codes(found, 2) == ["R1", "R3", "R2"]
    assert [weight for *_, weight in found.of(2)] == pytest.approx([30, 21, 7])


def test_a_missing_value_has_words_of_its_own() -> None:
    """The last applicant's history is not short: it is not there."""
    spec = credit.card_spec(reasons={"method": "points-below-best", "texts": TEXTS})
    found = told(credit.card(), spec, APPLICANTS)
    assert found.of(4)[2] == ("R2 missing", "No history with a bank on file", 40.0)
    assert found.blank[4].tolist()[:3] == [False, False, True]


def test_applicants_who_were_just_approved_are_the_default_reference() -> None:
    """Comment 9(b)(2)-5's first method: of two approved rows within a tenth (at least 30) both are the reference."""
    found = told(credit.card(), credit.card_spec(reasons={"texts": TEXTS}), APPLICANTS)
    # The approved have 60 and 30, 40 and 25, 50 and 50 points: means 45, 32.5, 50.
    assert [weight for *_, weight in found.of(2)] == pytest.approx([45, 45, 22.5])
    assert codes(found, 3) == ["R3", "R2"]


def test_a_line_is_explained_exactly() -> None:
    """The contribution of x_j is beta_j (x_j - mean of x_j over the reference), and they add up to the margin's gap."""
    columns = credit.drawn()
    spec = credit.spec(reasons={"reference": "population"})
    ready = explainer(credit.line(), columns, spec)
    found = ready.contributions(columns)
    middle = {name: ready.reference[name].mean() for name in columns}
    for j, (name, beta) in enumerate(credit.BETA.items()):
        assert found[:, j] == pytest.approx(beta * (columns[name] - middle[name]), abs=1e-9)
    assert ready.reading is not None


def test_shapley_values_of_a_sum_are_its_parts() -> None:
    """A model that adds, explained as if it did not, gets the same reasons: every coalition against the same rows."""
    columns, spec = credit.drawn(rows=80), credit.spec(reasons={"reference": "population"})
    ready = explainer(credit.line(), columns, spec)
    few = picked(ready.reference, slice(64))
    parts = ready.reading.parts(columns) - ready.reading.parts(few).mean(axis=0) if ready.reading else np.empty(0)

    other = replace(ready, reading=None, reference=few, expected=np.zeros(3))
    assert other.by_feature(columns) == pytest.approx(parts, abs=1e-9)


def test_an_interaction_is_no_sum() -> None:
    """A product of two inputs is not read as additive; a sum of steps and of texts is."""
    product = credit.logistic(lambda c: c["a"] * c["b"], ("a", "b"))
    steps = credit.logistic(lambda c: (c["a"] > 0) + np.where(c["b"] == "x", 1.0, 0.0), ("a", "b"))
    numbers = credit.drawn(("a", "b"))
    mixed = numbers | {"b": np.array(["x", None, "y"] * 200, dtype=object)}
    assert additive(Deciding.of(product, credit.spec()), numbers) is None
    assert additive(Deciding.of(steps, credit.spec()), mixed) is not None


def test_groups_sum_before_they_are_ranked() -> None:
    """Two small contributions under one text outweigh a larger one alone."""
    model = credit.line({"a": 0.6, "b": 0.6, "c": 1.0}, intercept=1.0)
    reference = {name: np.array([-2.0, -2.0]) for name in "abc"}
    texts = {"C": {"says": "c", "features": ["c"]}, "AB": {"says": "a and b", "features": ["a", "b"]}}
    row = {name: np.array([0.0]) for name in "abc"}
    found = told(model, credit.spec(reasons={"texts": texts}), row, reference)
    assert codes(found, 0) == ["AB", "C"]
    assert [weight for *_, weight in found.of(0)] == pytest.approx([2.4, 2.0])


def test_only_what_worsened_the_score_is_named() -> None:
    """Of five drivers two count against the applicant; two are named, though four may be."""
    beta = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 1.0, "e": 1.0}
    reference = {name: np.array([-0.5]) for name in beta}
    row = {"a": [3.0], "b": [2.0], "c": [-0.5], "d": [-1.0], "e": [-2.0]}
    found = told(credit.line(beta), credit.spec(), {k: np.array(v) for k, v in row.items()}, reference)
    assert codes(found, 0) == ["a", "b"]


def test_inquiries_come_beyond_the_most() -> None:
    """The weakest of three adverse factors is added after two reasons when it is inquiries, and only when adverse."""
    texts = {code: {"says": code, "features": [name]} for code, name in zip("ABC", credit.BETA, strict=True)}
    model, reference = credit.line({"debt": 3, "late": 2, "income": 1}), {n: np.array([-1.0]) for n in credit.BETA}
    rows = {"debt": np.array([1.0, 1]), "late": np.array([1.0, 1]), "income": np.array([1.0, -2])}
    spec = credit.spec(reasons={"most": 2, "texts": texts, "inquiries": "C"})
    found = told(model, spec, rows, reference)
    assert codes(found, 0) == ["A", "B", "C"]
    assert codes(found, 1) == ["A", "B"]


def test_what_may_not_be_named_is_not() -> None:
    """A proxy that carries most of the decision is left out of its reasons."""
    rows, reference = {n: np.array([3.0]) for n in credit.BETA}, {n: np.array([-1.0]) for n in credit.BETA}
    found = told(credit.line({"debt": 3, "late": 2, "income": 1}), credit.spec(reasons={"proxies": ["debt"]}), rows,
                 reference)  # fmt: skip
    assert codes(found, 0) == ["late", "income"]


def test_rules_and_people_have_codes_of_their_own() -> None:
    """A rule's code comes first, alone where the score approves; a person who declines gives theirs alone."""
    reasons = {
        "method": "points-below-best", "most": 2, "texts": TEXTS,
        "knock-outs": {"K1": {"says": "Bankrupt within two years", "column": "bankrupt"}},
        "overrides": {"code": "P1", "says": "Income could not be verified"},
    }  # fmt: skip
    columns = APPLICANTS | {
        "bankrupt": np.array(["true", "false", "true", None, "false"], dtype=object),
        "@override": np.array([np.nan, -20, np.nan, -120, np.nan]),
    }
    found = told(credit.card(), credit.card_spec(reasons=reasons), columns)
    assert [codes(found, row) for row in range(5)] == [["K1"], ["P1"], ["K1", "R1"], [], ["R1", "R3"]]
    assert found.by[[0, 1]].tolist() == [BY_RULE, BY_PERSON]


def test_a_row_without_a_score_is_not_decided() -> None:
    """No score, no decision and no reason, even when every row is to be explained."""
    rows = {n: np.array([1.0, np.nan]) for n in credit.BETA}
    found = told(credit.line(), credit.spec(), rows, {n: np.array([-1.0, 0.5]) for n in credit.BETA}, every=True)
    assert codes(found, 1) == []


def test_no_reference_is_an_error_that_says_so() -> None:
    """Nobody approved, or nobody scored, leaves nothing to hold a decision against."""
    rows = {n: np.full(3, 5.0) for n in credit.BETA}
    with pytest.raises(ModelError, match="approves no row of the reference"):
        told(credit.line({"debt": 1}), credit.spec(), rows)
    with pytest.raises(ModelError, match="scores no row"):
        told(credit.line({"debt": 1}), credit.spec(), {"debt": np.full(3, np.nan)})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["population", "near-cutoff", "best"]))
def test_order_of_rows_and_columns_changes_nothing(seed: int, reference: str) -> None:
    """Rows shuffled, repeated and explained apart, and columns in another order, get the same codes."""
    draw = np.random.default_rng(seed)
    columns = {n: np.round(draw.normal(size=60), 1) for n in credit.BETA}
    spec = credit.spec(reasons={"reference": reference})
    ready = explainer(credit.line(), columns, spec)
    whole = ready.reasons(columns)
    order = draw.integers(0, 60, 90)
    again = ready.reasons(picked(dict(reversed(columns.items())), order))
    assert np.array_equal(again.named, whole.named[order])
    one = ready.reasons(picked(columns, slice(7, 8)))
    assert np.array_equal(one.named[0], whole.named[7])


def test_a_sampled_explanation_does_not_depend_on_its_neighbours() -> None:
    """Seven inputs that interact are sampled, each row with the same permutations wherever it stands."""
    names = tuple("abcdefg")
    model = credit.logistic(lambda c: 2 * c["a"] * (c["b"] > 0) + c["c"] * c["d"] + c["e"] + c["f"] - c["g"], names)
    columns = credit.drawn(names, rows=60)
    ready = explainer(model, columns, credit.spec())
    assert ready.sampled
    few = picked(columns, slice(8))
    assert np.array_equal(ready.reasons(few).named[::-1], ready.reasons(picked(few, slice(None, None, -1))).named)


def test_a_method_that_fails_once_is_not_exchanged() -> None:
    """Where the model's own attribution fails after it was made ready, nothing is explained by another method."""
    names = ("a", "b", "c")
    plain = credit.logistic(lambda c: c["a"] * c["b"] + c["c"], names)
    works = True

    def explain(columns: Any, _: Any) -> Contributions:
        if not works:
            raise ModelError("its process ended")
        x = np.column_stack([columns[name] for name in names])
        return Contributions(x, 0.0, x.sum(axis=1), "log-odds", "planted")

    columns = credit.drawn(names, rows=60)
    ready = explainer(replace(plain, explain=Explain(explain, background=False)), columns, credit.spec())
    assert ready.method.startswith("planted")
    assert ready.reasons(columns).named.shape[0] == 60
    works = False
    with pytest.raises(ModelError, match="its process ended"):
        ready.reasons(columns)


def test_scores_that_are_known_are_not_asked_for() -> None:
    """With the scores that decided, the model's own are not looked at: they say who declined and what the margin is."""
    columns = credit.drawn(rows=40)
    ready = explainer(credit.line(), columns, credit.spec(reasons={"reference": "population"}))
    scores = credit.line().score(columns)
    given, asked = ready.reasons(columns, scores=scores), ready.reasons(columns)
    assert np.array_equal(given.named, asked.named)
    assert np.array_equal(given.margins, asked.margins)
    other = ready.reasons(columns, scores=np.zeros(40))
    assert (other.named == -1).all()
