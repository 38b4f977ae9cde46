"""The tiering arithmetic: monotone, never below a floor, and loud about what is not answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bank import BAD, GOOD
from secondline.core.errors import SpecError
from secondline.govern.formula import Formula, Ladder, Level, score
from secondline.policy.tiering import explain, formula, questions, suggest

METHODS = [formula("2025.1"), formula("2026.1")]


def answers(method: Formula) -> st.SearchStrategy[dict[str, Any]]:
    """Return any complete set of answers."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "purposes": st.lists(st.sampled_from(list(method.purpose.scores)), min_size=1, max_size=3)
    }
    fields |= {name: st.floats(0, 1e12) for name in method.exposure}
    fields |= {name: st.integers(0, 5) for name in method.inherent}
    fields |= {name: st.booleans() for name in method.facts}
    return st.fixed_dictionaries(fields)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
@given(data=st.data())
def test_a_worse_answer_never_gives_a_milder_tier(method: Formula, data: st.DataObject) -> None:
    """Raising any one answer, by any amount, keeps the tier or makes it stricter."""
    before = data.draw(answers(method))
    name = data.draw(st.sampled_from(list(method.questions)))
    question, after = method.questions[name], dict(before)
    if isinstance(question, Ladder):
        after[name] += data.draw(st.floats(0, 1e12))
    elif isinstance(question, Level):
        after[name] = data.draw(st.integers(before[name], 5))
    elif name == "purposes":
        after[name] = [*before[name], data.draw(st.sampled_from(list(method.purpose.scores)))]
    else:
        after[name] = True
    assert score(method, after).tier <= score(method, before).tier


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
@given(data=st.data())
def test_floors_hold(method: Formula, data: st.DataObject) -> None:
    """Whenever a floor's fact or purpose is true, the tier is at least the floor's, whatever else is answered."""
    given_answers = data.draw(answers(method))
    found = score(method, given_answers)
    holds = {name for name in method.facts if given_answers[name]} | set(given_answers["purposes"])
    for floor in method.floors:
        if holds & set(floor.when):
            assert found.tier <= floor.tier
            assert floor.because in found.floors


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
@given(data=st.data())
def test_a_missing_answer_is_named(method: Formula, data: st.DataObject) -> None:
    """Leaving out answers is an error that names each of them, never a zero."""
    given_answers = data.draw(answers(method))
    gone = data.draw(st.sets(st.sampled_from(list(method.questions)), min_size=1))
    with pytest.raises(SpecError) as error:
        score(method, {k: v for k, v in given_answers.items() if k not in gone})
    assert all(name in str(error.value) for name in gone)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("complexity", 6, "level from 0 to 5"),
        ("complexity", 2.5, "level from 0 to 5"),
        ("complexity", True, "level from 0 to 5"),
        ("value_per_year", -1, "amount of 0 or more"),
        ("value_per_year", float("nan"), "amount of 0 or more"),
        ("value_per_year", "much", "amount of 0 or more"),
        ("purposes", [], "takes one or more"),
        ("purposes", ["fun"], "takes one or more"),
        ("automated_adverse", "no", "true or false"),
        ("automated_adverse", 0, "true or false"),
        ("complexety", 1, "Did you mean 'complexity'"),
    ],
)
def test_a_wrong_answer_is_named(name: str, value: Any, said: str) -> None:
    """An answer that is not of its question's kind is an error that says what is asked."""
    with pytest.raises(SpecError, match=said):
        score(METHODS[1], GOOD | {name: value})


def test_every_answer_is_accounted_for() -> None:
    """The explanation holds each question once, with the answer and the score it gave."""
    found = score(METHODS[1], BAD)
    assert {w["question"] for w in found.why} >= set(METHODS[1].exposure) | set(METHODS[1].inherent)
    assert (found.exposure, found.purpose, found.materiality, found.inherent, found.tier) == (4, 5, 5, 3, 1)
    assert explain(found)[0] == "exposure 4: value_per_year 1,000,000,000"
    assert "worst complexity 4, opacity 4" in explain(found)[3]


def test_a_floor_raises_the_tier_and_says_why() -> None:
    """A light model that decides alone against consumers is tier 2, by the floor and not by the matrix."""
    light = {**GOOD, "value_per_year": 0, "decisions_per_year": 0, "customers": 0, "capital": 0}
    found = score(METHODS[1], light | {"automated_adverse": True})
    assert (found.matrix_tier, found.tier, found.floor) == (3, 2, 2)
    assert explain(found)[-1].startswith("raised to tier 2: it decides against consumers")


def test_the_purpose_alone_brings_the_floor() -> None:
    """Saying no to a fact does not avoid a floor that the purpose calls for."""
    assert score(METHODS[1], GOOD | {"purposes": ["regulatory-capital"], "value_per_year": 0}).tier <= 2


def test_the_formulas_differ() -> None:
    """Rating again on the newer formula is real: it lets the worst answer through where the older took the mean."""
    old = {k: v for k, v in GOOD.items() if k in METHODS[0].questions} | {"opacity": 5, "purposes": ["pricing"]}
    new = GOOD | {"opacity": 5, "purposes": ["pricing"]}
    assert (score(METHODS[0], old).tier, score(METHODS[1], new).tier) == (2, 1)


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("materiality", [[5] * 6, *[[0] * 6] * 5], "monotone"),
        ("tiers", [[1] * 6, *[[4] * 6] * 5], "monotone"),
        ("tiers", [[9] * 6] * 6, "may hold 1 to 4"),
        ("tiers", [[1] * 5] * 6, "6 rows of 6"),
        ("floors", [{"when": ["nonsense"], "tier": 2, "because": "x"}], "unknown facts"),
        ("intensity", {}, "tiers 1 to 4"),
        ("exposure", {"value": {"question": "q", "steps": [10, 5]}}, "positive and rise"),
        ("purpose", {"question": "q", "scores": {"x": 9}}, "0 to 5"),
    ],
)
def test_a_method_that_is_not_sound_is_refused(part: str, value: Any, said: str) -> None:
    """A matrix that is not monotone, or a floor that names nothing, never becomes a method."""
    whole = METHODS[1].model_dump(mode="json") | {part: value}
    with pytest.raises(ValidationError, match=said):
        Formula.model_validate(whole)


def test_every_number_has_a_source() -> None:
    """Each ladder, floor and intensity says where its numbers come from, or the method as a whole does."""
    for method in METHODS:
        assert method.source
        assert all(floor.source for floor in method.floors)
        assert all(one.source for one in method.intensity.values())


def test_the_inventory_answers_what_it_holds() -> None:
    """Facts and amounts in the inventory are suggested; judgements never are."""
    uses = [{"automation": "automated", "adverse": True, "amount_per_year": 1e6, "decisions_per_year": 10}]
    found = suggest(METHODS[1], {"regulatory_uses": ["capital"], "annex_iii": "5(b)"}, uses)
    assert found["automated_adverse"] is found["regulatory_capital"] is found["eu_high_risk"] is True
    assert found["aml_statutory"] is False
    assert (found["value_per_year"], found["purposes"]) == (1e6, ["regulatory-capital"])
    assert "complexity" not in found


def test_questions_say_what_an_answer_may_be() -> None:
    """The questionnaire lists each question with its steps in words."""
    asked = {q["name"]: q["answer"] for q in questions(METHODS[1])}
    assert asked["complexity"].startswith("0 arithmetic")
    assert asked["automated_adverse"] == "true or false"


def test_an_unknown_method_is_named() -> None:
    """Asking for a version that is not shipped says which are."""
    with pytest.raises(SpecError, match=r"2025\.1, 2026\.1"):
        formula("1999.1")
