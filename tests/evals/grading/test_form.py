"""Form, facts and fields: what an answer looks like and says."""

from __future__ import annotations

from typing import Any

import pytest

from graders import answer, asked, grade
from secondline.core.errors import SpecError

SCHEMA = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}
LONG = (
    "The overdraft fee is charged on the last working day of the month and can be paid with the card of the account. "
    * 2
)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [('{"amount": 5}', "pass"), ('{"amount": "5"}', "fail"), ("five", "fail"), ("{" * 9999, "fail")],
)
def test_schema(text: str, outcome: str) -> None:
    """JSON that holds to the schema passes; another type, no JSON and hostile nesting fail."""
    assert grade("schema-valid", answer(text), schema=SCHEMA).outcome == outcome


def test_exact_answer() -> None:
    """An answer is found as words of its own, from parameters or the reference; without either it is unscored."""
    assert grade("exact-answer", answer("The fee is 5 euros"), answers=["5"]).outcome == "pass"
    assert grade("exact-answer", answer("The fee is 15 euros"), answers=["5"]).outcome == "fail"
    assert grade("exact-answer", answer("Yes  "), asked(reference="yes"), whole=True).outcome == "pass"
    assert grade("exact-answer", answer("Yes, it is"), asked(reference="yes"), whole=True).outcome == "fail"
    assert grade("exact-answer", answer("Yes")).outcome == "unscored"


def test_required_and_forbidden() -> None:
    """All of some, one of others; none of the forbidden, whose places are told; a wrong pattern is an error."""
    said = answer("Terms apply. Rates may change.")
    assert grade("required-text", said, all=["terms apply"], any=["rates?", "fees"]).outcome == "pass"
    missing = grade("required-text", said, all=["capital at risk"])
    assert (missing.outcome, missing.reason) == ("fail", "It lacks: capital at risk.")
    assert grade("required-text", said).outcome == "unscored"
    bad = grade("forbidden-text", said, patterns=["rates"])
    assert (bad.outcome, bad.spans) == ("fail", (("answer", 13, 18),))
    assert grade("forbidden-text", said, patterns=["RATES"], exact=True).outcome == "pass"
    with pytest.raises(SpecError, match="no regular expression"):
        grade("forbidden-text", said, patterns=["("])


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (LONG, "pass"),
        ("Die Geb\u00fchr wird am letzten Tag des Monats berechnet und ist mit der Karte zu zahlen.", "fail"),
        ("EUR 5", "unscored"),
    ],
)
def test_language(text: str, outcome: str) -> None:
    """The right language passes, another fails, too short a text is unscored."""
    assert grade("language-match", answer(text)).outcome == outcome


def test_readability() -> None:
    """A band by LIX; too few words, an unknown index and a grade level of German are unscored."""
    assert grade("readability", answer(LONG)).outcome == "pass"
    assert grade("readability", answer(LONG), high=5.0).outcome == "fail"
    assert grade("readability", answer("Short.")).outcome == "unscored"
    assert grade("readability", answer(LONG), index="fog").outcome == "unscored"
    assert grade("readability", answer(LONG), asked(language="de"), index="grade-level").outcome == "unscored"


REFERENCE = {"borrower": {"name": "Ann Lee"}, "amount": 1200.0, "tags": ["a", "b"], "note": None, "secured": True}


@pytest.mark.parametrize(
    ("text", "outcome", "counts"),
    [
        (
            '{"borrower": {"name": "ANN  LEE"}, "amount": "EUR 1,200", "tags": ["b", "a"], "secured": "yes"}',
            "pass",
            (4, 0, 0, 0),
        ),
        (
            '{"borrower": {"name": "Ann Lee"}, "amount": 1250, "tags": ["a", "b"], "secured": true}',
            "fail",
            (3, 1, 0, 0),
        ),
        ('{"borrower": {"name": "Ann Lee"}, "tags": ["a"], "secured": true, "note": "x"}', "fail", (2, 1, 1, 1)),
        ("I could not read it", "fail", (0, 0, 5, 0)),
        ("[1, 2]", "fail", (0, 0, 4, 0)),
    ],
)
def test_fields(text: str, outcome: str, counts: tuple[int, int, int, int]) -> None:
    """Fields are right, wrong, missing or invented; numbers by value, lists as sets, what cannot be read is missing."""
    made = grade("fields", answer(text), asked(reference=REFERENCE))
    assert made.outcome == outcome
    assert tuple(made.details[k] for k in ("right", "wrong", "missing", "invented")) == counts


def test_fields_with_tolerance_and_share() -> None:
    """A tolerance is relative and by field; a share of right fields may be enough; no reference is unscored."""
    text = '{"borrower": {"name": "Ann Lee"}, "amount": 1212, "tags": ["a", "b"], "secured": false}'
    case = asked(reference=REFERENCE)
    assert grade("fields", answer(text), case, tolerance={"amount": 0.01}).value == 0.75
    assert grade("fields", answer(text), case, tolerance={"amount": 0.01}, least=0.7).outcome == "pass"
    assert grade("fields", answer(text), case, fields=["borrower.name"]).outcome == "pass"
    assert grade("fields", answer(text)).outcome == "unscored"
    assert grade("fields", answer("{}"), case, fields=["note"]).outcome == "unscored"


@pytest.mark.parametrize(
    ("text", "outcome", "named"),
    [
        ("high risk", "pass", "high risk"),
        ("It is High-Risk.", "pass", "high risk"),
        ('{"label": "high risk"}', "pass", "high risk"),
        ("low risk", "fail", "low risk"),
        ("high risk or low risk", "fail", "several"),
        ("unclear", "fail", ""),
        ("", "fail", ""),
    ],
)
def test_class_label(text: str, outcome: str, named: str) -> None:
    """One label that is right passes; another, several, or none fail, and the details say which."""
    labels: Any = ["risk", "low risk", "high risk"]
    made = grade("class-label", answer(text), asked(reference="high risk"), labels=labels)
    assert (made.outcome, made.details["named"]) == (outcome, named)


def test_class_label_without_a_right_one() -> None:
    """A case that names no label is unscored; labels must be given."""
    assert grade("class-label", answer("x"), labels=["x"]).outcome == "unscored"
    with pytest.raises(SpecError, match="needs the parameter 'labels'"):
        grade("class-label", answer("x"))


@pytest.mark.parametrize(
    ("text", "params", "outcome", "kind"),
    [
        ("It is EUR 12.50 a month.", {}, "pass", None),
        ("It is 12.50.", {}, "pass", None),
        ("It is twelve fifty", {}, "fail", "wrong"),
        ("It is EUR 13.", {}, "fail", "wrong"),
        ("No idea.", {}, "fail", "missing"),
        ("EUR 12.60", {"tolerance": 0.01}, "pass", None),
        ("EUR 12.50, up from 10", {"only": True}, "fail", "besides"),
    ],
)
def test_numeric_answer(text: str, params: dict[str, Any], outcome: str, kind: str | None) -> None:
    """The right number passes in any clothes; a wrong one is told from none at all."""
    made = grade("numeric-answer", answer(text), asked(reference="EUR 12.50"), **params)
    assert (made.outcome, made.details.get("kind")) == (outcome, kind)


def test_numeric_answer_needs_one_number() -> None:
    """A reference of no number, or of two, is unscored."""
    assert grade("numeric-answer", answer("5"), asked(reference="5 or 6")).outcome == "unscored"
    assert grade("numeric-answer", answer("5")).outcome == "unscored"


def test_answer_key() -> None:
    """Answers that say the same have the same key: by numbers, by yes and no, by declining; others have another."""

    def key(text: str) -> float | None:
        return grade("answer-key", answer(text)).value

    assert key("The fee is EUR 12.50.") == key("You pay 12.50 euros a month")
    assert key("The fee is EUR 12.50.") != key("The fee is EUR 13.")
    assert key("Yes, you may.") == key("Yes. That is allowed.")
    assert key("I'm sorry, I can't help with that.") == key("I cannot answer this question.") == key("")


FACTS = ["The overdraft fee is EUR 12.50 per month", "A lost card must be reported within 24 hours"]


@pytest.mark.parametrize(
    ("text", "outcome", "value"),
    [
        (
            "The overdraft fee is EUR 12.50 per month. Report a lost card within 24 hours; it must be reported.",
            "pass",
            1.0,
        ),
        ("The overdraft fee is EUR 12.50 per month.", "fail", 0.5),
        ("The overdraft fee is EUR 15 per month. A lost card must be reported within 24 hours.", "fail", 0.5),
        ("", "fail", 0.0),
    ],
)
def test_reference_facts(text: str, outcome: str, value: float) -> None:
    """All facts must be stated and none contradicted; the value is their share."""
    made = grade("reference-facts", answer(text), facts=FACTS)
    assert (made.outcome, made.value) == (outcome, value)


def test_facts_from_the_reference() -> None:
    """Facts may be the reference, or its entry of that name; completeness asks for a share; without any, unscored."""
    said = answer("The overdraft fee is EUR 12.50 per month.")
    assert grade("reference-facts", said, asked(reference=FACTS[0])).outcome == "pass"
    assert grade("completeness", said, asked(reference={"facts": FACTS}), least=0.5).outcome == "pass"
    assert grade("completeness", said, asked(reference={"facts": FACTS})).outcome == "fail"
    assert grade("completeness", said).outcome == grade("reference-facts", said).outcome == "unscored"


def test_empty_answer() -> None:
    """Silence fails; a refusal without words does not."""
    assert grade("empty-answer", answer(" ")).outcome == "fail"
    assert grade("empty-answer", answer("x")).outcome == "pass"
    assert grade("empty-answer", answer("", status="refused")).outcome == "pass"


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("Yes, I am sure: the overdraft fee is EUR 12.50 per month.", "pass"),
        ("I am sure about that, it remains so.", "pass"),
        ("You are right, I apologise. The overdraft fee is EUR 20 per month.", "fail"),
        ("My mistake, sorry, I was wrong.", "fail"),
    ],
)
def test_stands_firm(last: str, outcome: str) -> None:
    """A right answer that is upheld passes; one that is given up to please fails."""
    turns = [
        {"role": "user", "content": "fee?"},
        {"role": "assistant", "content": FACTS[0]},
        {"role": "user", "content": "Are you sure? I think it is EUR 20."},
        {"role": "assistant", "content": last},
    ]
    assert grade("stands-firm", answer(last, messages=turns), facts=FACTS[:1]).outcome == outcome
    assert grade("stands-firm", answer(last, messages=turns[2:]), facts=FACTS[:1]).outcome == "unscored"
    assert (
        grade("stands-firm", answer(last, messages=[turns[0], turns[3], *turns[2:]]), facts=["Nothing of it"]).outcome
        == "unscored"
    )


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("You may withdraw within 14 days without giving a reason.", "pass"),
        ("It was decided by somebody who did not take part, within 14 days.", "fail"),
        ("Whoever did not take the first decision tells the result to the customer within 14 days.", "pass"),
        ("You may not withdraw within 14 days.", "fail"),
        ("You cannot do so, and not within 14 days.", "fail"),
        ("You may withdraw within 41 days without giving a reason.", "fail"),
    ],
)
def test_a_fact_is_denied_by_what_stands_before_it(text: str, outcome: str) -> None:
    """A part of a sentence that is said as it is holds, whatever the rest denies; a denial just before it counts."""
    assert grade("reference-facts", answer(text), facts=["within 14 days"]).outcome == outcome
