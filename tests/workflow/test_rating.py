"""Rating in two lines: who may, what the tier becomes, and that no door can state a tier of its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank import BAD, GOOD, add_model, open_bank
from secondline.core.errors import OutOfTurn, Refused, SecondlineError, SpecError, UnknownRecord
from secondline.govern.formula import score
from secondline.govern.records.rating import standing
from secondline.ledger.store import Ledger
from secondline.policy.tiering import formula
from secondline.workflow.rating import (
    adopt,
    answers_for,
    call_for_rating,
    impact,
    in_force,
    preview,
    rate,
    record_residual,
    resolve,
)

METHOD = formula("2026.1")
MILD, STRICT = score(METHOD, GOOD).tier, score(METHOD, BAD).tier


@pytest.fixture
def bank(tmp_path: Path) -> Ledger:
    """A bank with methods in force and one model."""
    ledger, _ = open_bank(tmp_path)
    add_model(ledger)
    return ledger


def tier(ledger: Ledger) -> int:
    """Return the model's tier."""
    return int(ledger.records.need("model", "pd").get("tier", 0))


def test_the_samples_differ() -> None:
    """The two sets of answers the tests use are of different tiers."""
    assert (MILD, STRICT) == (3, 1)


def test_a_life_of_ratings(bank: Ledger) -> None:
    """Provisional, first line and validator rate in turn; where they agree the tier is theirs, with a day to repeat."""
    rate(bank, "pd", "provisional", GOOD, "own")
    assert tier(bank) == MILD
    rate(bank, "pd", "first", GOOD, "own")
    rating, model = rate(bank, "pd", "second", GOOD, "val")
    assert (model.doc["tier"], model.doc["tier_first"], model.doc["tier_second"]) == (MILD, MILD, MILD)
    assert model.doc["next_rating"] == "2028-06-01"
    assert rating.doc["by"] == "val"
    assert {"question": "opacity", "answer": 1, "score": 1, "part": "inherent", "decisive": False} in rating.doc["why"]
    states = [r["state"] for r in bank.records.find("rating", model="pd")]
    assert states == ["superseded", "given", "given"]


def test_the_ledger_computes_the_tier(bank: Ledger) -> None:
    """A rating states answers; a tier stated beside them is refused, and the stored one is the method's."""
    facts = {"model": "pd", "line": "first", "method": "tiering@2026.1", "answers": BAD}
    with pytest.raises(SpecError, match="`tier` is not asked here"):
        bank.act("rating.given", "own", "", facts | {"tier": 4})
    assert bank.act("rating.given", "own", "", facts).doc["tier"] == STRICT
    with pytest.raises(SpecError, match="`tier` is not asked here"):
        bank.act("model.rated", "own", "pd", {"tier": 4})


def test_a_stricter_view_holds_until_the_difference_is_resolved(bank: Ledger) -> None:
    """Where the lines differ the stricter tier holds; only the head of model risk, with a reason, decides otherwise."""
    rate(bank, "pd", "first", GOOD, "own")
    rate(bank, "pd", "second", BAD, "val")
    assert tier(bank) == STRICT
    with pytest.raises(Refused, match="mrm-head"):
        resolve(bank, "pd", 2, "own", "because")
    with pytest.raises(SpecError, match="give a reason"):
        resolve(bank, "pd", 2, "head", "")
    with pytest.raises(SpecError, match="milder than the ratings"):
        resolve(bank, "pd", 4, "head", "it is small")
    found = resolve(bank, "pd", 2, "head", "values are shared with another model")
    assert found.doc["tier"] == 2
    second = bank.records.find("rating", model="pd", line="second")[-1]
    assert (second["state"], second["resolved_by"]) == ("resolved", "head")


def test_a_resolution_respects_floors(bank: Ledger) -> None:
    """The head cannot resolve to a tier milder than a floor that either rating met."""
    rate(bank, "pd", "first", GOOD | {"purposes": ["regulatory-capital"], "value_per_year": 0, "customers": 0,
                                      "decisions_per_year": 0, "capital": 0}, "own")  # fmt: skip
    rate(bank, "pd", "second", GOOD, "val")
    with pytest.raises(SpecError, match="at most 2"):
        resolve(bank, "pd", 3, "head", "it is small")


def test_agreement_has_nothing_to_resolve(bank: Ledger) -> None:
    """Resolving is for differences; without one, or before the validator rated, it is out of turn."""
    with pytest.raises(OutOfTurn, match="no validator's rating"):
        resolve(bank, "pd", 2, "head", "x")
    rate(bank, "pd", "first", GOOD, "own")
    rate(bank, "pd", "second", GOOD, "val")
    with pytest.raises(OutOfTurn, match="nothing to resolve"):
        resolve(bank, "pd", 2, "head", "x")


def test_a_downgrade_needs_the_second_line(bank: Ledger) -> None:
    """The first line can raise the tier alone, but a milder tier waits for the validator to agree."""
    rate(bank, "pd", "first", BAD, "own")
    rate(bank, "pd", "second", BAD, "val")
    rate(bank, "pd", "first", GOOD, "own", trigger="use")
    assert tier(bank) == STRICT
    rate(bank, "pd", "second", GOOD, "val", trigger="use")
    assert tier(bank) == MILD
    rate(bank, "pd", "first", BAD, "own", trigger="performance")
    assert tier(bank) == STRICT


def test_a_provisional_rating_comes_before_development(bank: Ledger) -> None:
    """Once a version exists the time of provisional ratings is over."""
    bank.act("version.registered", "dev", "pd@1", {"model": "pd", "version": "1"})
    with pytest.raises(OutOfTurn, match="before development"):
        rate(bank, "pd", "provisional", GOOD, "own")


@pytest.mark.parametrize("who", ["own", "dev", "app", "aud", "ada"])
def test_only_an_independent_validator_rates_second(bank: Ledger, who: str) -> None:
    """Owner, developer, approver, auditor and admin cannot give the validator's rating."""
    rate(bank, "pd", "first", GOOD, "own")
    with pytest.raises(Refused):
        rate(bank, "pd", "second", GOOD, who)


def test_independence_binds_the_person(bank: Ledger) -> None:
    """A validator who once owned the model, or who rated it for the first line, does not rate it as second."""
    bank.act("role.granted", "ada", "val", {"role": "owner"}, reason="moved")
    rate(bank, "pd", "first", GOOD, "val")
    with pytest.raises(Refused, match="first line's rating"):
        rate(bank, "pd", "second", GOOD, "val")
    bank.act("model.changed", "own", "pd", {"owner": "val2"})
    bank.act("model.changed", "own", "pd", {"owner": "own"})
    with pytest.raises(Refused, match="own or owned"):
        rate(bank, "pd", "second", GOOD, "val2")


def test_a_validator_does_not_speak_for_the_first_line(bank: Ledger) -> None:
    """A pure validator cannot give the first line's rating, nor judge before it exists."""
    with pytest.raises(Refused, match="first line"):
        rate(bank, "pd", "first", GOOD, "val")
    with pytest.raises(OutOfTurn, match="no first-line rating"):
        rate(bank, "pd", "second", GOOD, "val")


def test_answers_cannot_deny_the_inventory(bank: Ledger) -> None:
    """A use that decides automatically against persons, or a regulatory use, cannot be answered away."""
    bank.act("use.proposed", "own", "", {"model": "pd", "name": "u", "automation": "automated", "adverse": True})
    bank.act("model.changed", "own", "pd", {"regulatory_uses": ["capital", "aml-obligation"], "annex_iii": "5(b)"})
    with pytest.raises(SpecError) as error:
        rate(bank, "pd", "first", GOOD, "own")
    assert all(name in str(error.value) for name in METHOD.facts)


def test_missing_answers_are_named_by_the_ledger(bank: Ledger) -> None:
    """An incomplete rating is refused with the names of what is missing, and nothing is recorded."""
    part = {k: v for k, v in GOOD.items() if k not in {"opacity", "capital"}}
    with pytest.raises(SpecError, match="2 answers are missing: capital, opacity"):
        rate(bank, "pd", "first", part, "own")
    assert not bank.records.find("rating")


def test_residual_risk_never_lowers_the_tier(bank: Ledger) -> None:
    """Residual risk is recorded beside the tier, which stays."""
    rate(bank, "pd", "first", BAD, "own")
    found = record_residual(bank, "pd", "low", "val", "controls work")
    assert (found.doc["residual"], found.doc["tier"]) == ("low", STRICT)


def test_a_trigger_makes_a_rating_due_within_thirty_days(bank: Ledger) -> None:
    """A trigger brings the next rating forward to thirty days, never puts it off; a new rating clears it."""
    rate(bank, "pd", "first", GOOD, "own")
    with pytest.raises(SpecError, match="within 30 days, by 2026-07-01"):
        call_for_rating(bank, "pd", "performance", "own", "AUC fell", due=date(2026, 7, 2))
    assert call_for_rating(bank, "pd", "performance", "own", "AUC fell").doc["next_rating"] == "2026-07-01"
    earlier = call_for_rating(bank, "pd", "use", "own", "new use", due=date(2026, 6, 10))
    assert earlier.doc["next_rating"] == "2026-06-10"
    assert call_for_rating(bank, "pd", "data", "own", "new source").doc["next_rating"] == "2026-06-10"
    _, model = rate(bank, "pd", "first", GOOD, "own", trigger="performance")
    assert (model.doc["next_rating"], model.doc["rerating"]) == ("2028-06-01", "")


def test_nothing_to_repeat_without_a_rating(bank: Ledger) -> None:
    """A model never rated has no rating to call again, and none that could set its tier."""
    with pytest.raises(OutOfTurn, match="never rated"):
        call_for_rating(bank, "pd", "use", "own", "x")
    with pytest.raises(OutOfTurn, match="no rating yet"):
        bank.act("model.rated", "own", "pd")


def test_the_newest_rating_is_not_superseded(bank: Ledger) -> None:
    """Nobody can strike out the newest rating of a line."""
    rating, _ = rate(bank, "pd", "first", BAD, "own")
    with pytest.raises(OutOfTurn, match="is the newest"):
        bank.act("rating.superseded", "own", rating.id)


def test_the_method_is_a_model(bank: Ledger) -> None:
    """An adopted method has an entry of kind method, whose version bears the digest of its parameters."""
    method = bank.records.need("method", "tiering@2026.1")
    assert bank.records.need("model", "tiering-method")["kind"] == "method"
    assert bank.records.need("version", "tiering-method@2026.1")["digest"] == method["digest"]
    with pytest.raises(Refused, match=r"own or owned|developed"):
        bank.act("model.scheduled", "head", "tiering-method", {"next_validation": "2027-06-01"}, reason="plan")
    bank.act("model.scheduled", "val", "tiering-method", {"next_validation": "2027-06-01"}, reason="plan")


def test_a_new_formula_takes_over(tmp_path: Path) -> None:
    """A rating knows the formula it was made by; after a change of method the old one rates no more."""
    ledger, _ = open_bank(tmp_path, methods=False)
    add_model(ledger)
    with pytest.raises(SpecError, match="No tiering method is in force"):
        rate(ledger, "pd", "first", GOOD, "own")
    adopt(ledger, "tiering", "head", which="2025.1")
    old = {k: v for k, v in GOOD.items() if k in formula("2025.1").questions} | {"opacity": 5, "purposes": ["pricing"]}
    rate(ledger, "pd", "first", old, "own")
    assert next(s.problem for s in impact(ledger.records, "2026.1")).startswith("tiering@2026.1: 3 answers are missing")
    adopt(ledger, "tiering", "head", reason="SR 26-2")
    assert in_force(ledger.records, "tiering") == "tiering@2026.1"
    with pytest.raises(SpecError, match="no longer in force"):
        ledger.act("rating.given", "own", "", {"model": "pd", "line": "first", "method": "tiering@2025.1",
                                               "answers": old})  # fmt: skip
    again = answers_for(ledger.records, "pd", {"autonomy": 1, "vendor_opacity": 0}, line="first")
    assert preview(ledger.records, again).tier == 1
    rate(ledger, "pd", "first", again, "own", trigger="method")
    assert [(r["method"], r["tier"]) for r in ledger.records.find("rating")] == [
        ("tiering@2025.1", 2),
        ("tiering@2026.1", 1),
    ]
    assert [(s.now, s.then) for s in impact(ledger.records, "2025.1")] == [(1, 2)]


def test_a_method_is_adopted_once_and_whole(bank: Ledger) -> None:
    """Adopting twice, by somebody else, an unknown kind or unsound parameters is refused."""
    with pytest.raises(SpecError, match="already"):
        adopt(bank, "tiering", "head")
    with pytest.raises(Refused, match="mrm-head"):
        adopt(bank, "tiering", "own", which="2025.1")
    with pytest.raises(SpecError, match="tiering or change"):
        adopt(bank, "weather", "head")
    with pytest.raises(SpecError, match="cannot be adopted"):
        bank.act(
            "method.adopted", "head", "tiering@9", {"kind": "tiering", "version": "9", "parameters": {}}, reason="x"
        )
    whole = METHOD.model_dump(mode="json", exclude_none=True)
    with pytest.raises(SpecError, match="KIND@VERSION"):
        bank.act(
            "method.adopted", "head", "tiering@9", {"kind": "tiering", "version": "9", "parameters": whole}, reason="x"
        )


def test_unknown_models_are_named(bank: Ledger) -> None:
    """Rating what is not in the inventory says so."""
    with pytest.raises(UnknownRecord, match="Did you mean 'pd'"):
        rate(bank, "pdd", "first", GOOD, "own")


def test_the_validator_starts_from_the_inventory(bank: Ledger) -> None:
    """The validator's proposed answers hold nothing of the first line's judgement."""
    rate(bank, "pd", "first", BAD, "own")
    assert answers_for(bank.records, "pd", {}, line="first")["complexity"] == 4
    assert "complexity" not in answers_for(bank.records, "pd", {}, line="second")


lines = st.sampled_from(["provisional", "first", "second"])
made = st.lists(st.tuples(lines, st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(before=st.integers(0, 4), ratings=made)
def test_no_order_of_ratings_lowers_a_tier_without_the_validator(
    before: int, ratings: list[tuple[str, int, int]]
) -> None:
    """A milder tier than before needs a validator's rating newer than the first line's that agrees or was resolved."""
    docs = [{"line": line, "tier": t, "resolved_tier": r if line == "second" else 0} for line, t, r in ratings]
    found = standing(before, docs)["tier"]
    if before and found > before:
        last_second = max((i for i, d in enumerate(docs) if d["line"] == "second"), default=-1)
        last_first = max((i for i, d in enumerate(docs) if d["line"] == "first"), default=-1)
        judged = docs[last_second]
        assert last_second > last_first
        assert found in {judged["resolved_tier"], docs[last_first]["tier"]}
        assert judged["resolved_tier"] or judged["tier"] == docs[last_first]["tier"]


PEOPLE = ["own", "dev", "val", "head", "aud"]


@settings(max_examples=10, deadline=None)
@given(
    steps=st.lists(
        st.tuples(lines, st.sampled_from(PEOPLE), st.sampled_from([GOOD, BAD, GOOD | {"aml_statutory": True}])),
        min_size=3, max_size=10,
    )
)  # fmt: skip
def test_in_the_ledger_the_tier_is_always_justified(
    steps: list[tuple[str, str, dict[str, object]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever people try, the tier on record equals what the ratings on record justify, step by step."""
    ledger, _ = open_bank(tmp_path_factory.mktemp("bank"))
    add_model(ledger)
    expected = 0
    for line, who, answers in steps:
        try:
            rate(ledger, "pd", line, answers, who)
        except SecondlineError:
            continue
        expected = standing(expected, ledger.records.find("rating", model="pd"))["tier"]
        assert tier(ledger) == expected
        assert all(r["tier"] == score(METHOD, r["answers"]).tier for r in ledger.records.find("rating"))
