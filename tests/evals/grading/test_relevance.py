"""Relevance: hand-worked shares, what it leaves to others, and its measured errors on the study's own answers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graders import answer, asked, grade
from secondline.evals.grading.relevance import COUNTED
from secondline.samples.genai.scripted import spoken
from secondline.samples.genai.suites import suite


def test_the_share_is_worked_by_hand() -> None:
    """Overdraft, fee and student are asked of; two of three stand in the answer, in another form."""
    made = grade(
        "answer-relevance", answer("Overdrafts carry a fee of EUR 12.50."), asked("Overdraft fee for students?")
    )
    assert made.outcome == "pass"
    assert made.value == pytest.approx(2 / 3)
    strict = grade(
        "answer-relevance", answer("Overdrafts carry a fee."), asked("Overdraft fee for students?"), least=0.7
    )
    assert (strict.outcome, strict.reason) == ("fail", "Not spoken of: student.")


def test_a_number_is_owed_where_one_was_asked() -> None:
    """How much, how long and when need a number, a spelled one too; who and why do not."""
    assert grade("answer-relevance", answer("The overdraft fee is low.")).outcome == "pass"
    many = asked("How much is the overdraft fee?")
    bare = grade("answer-relevance", answer("The overdraft fee is low."), many)
    assert (bare.outcome, bare.details["number missing"]) == ("fail", True)
    assert grade("answer-relevance", answer("The overdraft fee is twelve euros."), many).outcome == "pass"
    assert grade("answer-relevance", answer("The overdraft fee is low."), many, number=False).outcome == "pass"
    assert not COUNTED.search("who may sign?")


def test_what_is_left_to_others() -> None:
    """A decline passes, a refusal without words passes, another language and an empty question are unscored."""
    assert grade("answer-relevance", answer("I cannot find this in the documents.")).outcome == "pass"
    assert grade("answer-relevance", answer("", status="refused")).outcome == "pass"
    assert (
        grade("answer-relevance", answer("Die Gebühr."), asked("Was kostet es?", language="de")).outcome == "unscored"
    )
    assert grade("answer-relevance", answer("It is."), asked("What is it?")).outcome == "unscored"
    assert grade("answer-relevance", answer("x", status="error")).outcome == "error"


@given(st.text(max_size=200))
def test_repeating_the_question_is_relevant_and_shares_are_shares(text: str) -> None:
    """Whatever is said, the value lies in [0, 1]; an answer that holds the whole question has 1."""
    made = grade("answer-relevance", answer(text))
    assert made.value is None or 0 <= made.value <= 1
    assert grade("answer-relevance", answer(f"What is the overdraft fee? {text}")).value in {1.0, None}


def test_its_errors_are_known() -> None:
    """Of the study's 189 right answers it passes 95 %, and of answers taken from another document it fails 90 %."""
    cases = suite("questions")
    said = {one["id"]: spoken(one, frozenset()) for one in cases}
    by = random.Random(7)
    kept = caught = 0
    for one in cases:
        case = asked(one["turns"][0]["content"])
        other = by.choice([c for c in cases if c["cluster"] != one["cluster"]])
        kept += grade("answer-relevance", answer(said[one["id"]]), case).outcome == "pass"
        caught += grade("answer-relevance", answer(said[other["id"]]), case).outcome == "fail"
    assert kept / len(cases) >= 0.95
    assert caught / len(cases) >= 0.90
