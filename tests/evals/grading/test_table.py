"""The table of graded answers, the registry and its parameters: nothing dropped, nothing guessed."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

import pytest

from graders import PASSAGES, answer, asked
from secondline.core.declared.genai import Criterion
from secondline.core.errors import DataError, SpecError
from secondline.core.tables.graded import COLUMNS, NUMBERS, Graded
from secondline.evals.grading import scorer as scorers
from secondline.evals.grading.registry import SCORERS, scorer_of
from secondline.evals.grading.table import explained, graded, rows
from secondline.evals.nouns import Case, Grade, Judgement, Settled, Trace

CODES = {
    "task_quality",
    "grounded",
    "citations",
    "abstain",
    "consistency",
    "upheld",
    "numeric",
    "classification",
    "injection",
    "leak",
    "conduct",
    "toxic",
    "bias_persona",
    "tool",
    "autonomy",
    "retrieval",
    "ablation",
    "robustness",
    "trace",
    "cost_latency",
}


def criteria(**said: Any) -> dict[str, Criterion]:
    return {name: Criterion.model_validate(value) for name, value in said.items()}


TWO = criteria(fast={"scorer": "latency", "params": {"most-ms": 1000}}, kind={"judge": "j"})
CASES = [
    asked(id="a", cluster="doc", stratum="fees", severity=4, suite="s"),
    asked(id="b", suite="s"),
    asked(id="c", suite="s"),
]


def test_one_row_a_case_replicate_and_criterion() -> None:
    """Every case has its rows: answered twice, failed, never answered; columns and types are those of the record."""
    traces = [
        answer("x", case="a", latency_ms=10, cost=0.5, tokens_in=3, tokens_out=4, returned_model="m", fingerprint="f"),
        answer("y", case="a", replicate=1, latency_ms=2000),
        answer("", case="b", status="error", error="503"),
    ]
    judged = [Judgement(trace=traces[0].id, criterion="kind", outcome="pass", value=1.0)]
    labels = {(traces[0].id, "kind"): Settled(0.0, 1.0, 0.25)}
    made = graded(CASES, traces, TWO, judged, labels)
    assert made.column_names == list(COLUMNS)
    assert [str(made.schema.field(n).type) for n in COLUMNS] == [
        "double" if n in NUMBERS else "string" for n in COLUMNS
    ]
    lines = made.to_pylist()
    told = [(x["case"], x["replicate"], x["criterion"], x["scorer"], x["status"], x["outcome"]) for x in lines]
    assert told == [
        ("a", 0, "fast", "code", "ok", "pass"),
        ("a", 0, "kind", "judge", "ok", "pass"),
        ("a", 1, "fast", "code", "ok", "fail"),
        ("a", 1, "kind", "judge", "ok", "unscored"),
        ("b", 0, "fast", "code", "error", "error"),
        ("b", 0, "kind", "judge", "error", "unscored"),
        ("c", 0, "fast", "code", "error", "error"),
        ("c", 0, "kind", "judge", "error", "error"),
    ]
    first = lines[1]
    assert (first["cluster"], first["stratum"], first["severity"], first["verdict"]) == ("doc", "fees", 4.0, 1.0)
    assert (first["label"], first["second"], first["chance"], first["tokens"], first["cost"]) == (
        0.0,
        1.0,
        0.25,
        7.0,
        0.5,
    )
    assert lines[2]["cluster"] == "doc"
    assert lines[4]["cluster"] == "b"
    assert all(isnan(x["verdict"]) for x in lines[3:])
    assert isnan(lines[0]["label"])


def test_the_record_takes_the_table() -> None:
    """The columns make the record of core without a change, and nothing in it is null."""
    made = graded(CASES, [answer("x", case="a", latency_ms=1)], TWO)
    assert all(made.column(n).null_count == 0 for n in COLUMNS)
    record = Graded.of(**{name: made.column(name).to_pylist() for name in COLUMNS})
    assert len(record) == 6
    assert list(record["cluster"][:2]) == ["doc", "doc"]


def test_no_answer_and_no_case() -> None:
    """No case makes an empty table with all columns."""
    assert graded([], [], TWO).num_rows == 0
    assert graded([], [], TWO).column_names == list(COLUMNS)


def test_what_does_not_fit_is_refused() -> None:
    """A trace of no case, two of one replicate, two judgements, and two cases of one name are errors."""
    with pytest.raises(DataError, match="'z', which is not in the suite"):
        graded(CASES, [answer("x", case="z")], TWO)
    with pytest.raises(DataError, match="Two traces answer case 'a', replicate 0"):
        graded(CASES, [answer("x", case="a"), answer("y", case="a")], TWO)
    one = answer("x", case="a")
    twice = [Judgement(trace=one.id, criterion="kind", outcome="pass")] * 2
    with pytest.raises(DataError, match="two judgements"):
        graded(CASES, [one], TWO, twice)
    with pytest.raises(DataError, match="same name"):
        graded([*CASES, CASES[0]], [], TWO)


def test_parameters_by_case() -> None:
    """What a case expects goes over the criterion's parameters; one that says nothing, where others do, is unscored."""
    said = criteria(escalated={"scorer": "escalation"})
    cases = [asked(id="a", expects={"escalated": {"escalate": False}}), asked(id="b")]
    made = graded(cases, [answer("x", case="a"), answer("x", case="b")], said).to_pylist()
    assert [x["outcome"] for x in made] == ["pass", "unscored"]
    with pytest.raises(
        SpecError, match=r"criterion 'escalated' \(scorer 'escalation'\) needs the parameter 'escalate'"
    ):
        graded([asked(id="b")], [answer("x", case="b")], said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"scorer": "latncy"}, "no scorer 'latncy'. Did you mean 'latency'"),
        ({"scorer": "latency", "params": {"most": 1}}, "no parameter 'most'"),
        ({"scorer": "latency", "params": {"most-ms": "1"}}, "must be a float; got '1'"),
        ({"scorer": "latency", "params": {"most-ms": True}}, "must be a float"),
        ({"scorer": "canary", "params": {"canaries": "x"}}, "must be a list"),
        ({"scorer": "latency"}, "needs the parameter 'most-ms'"),
    ],
)
def test_a_wrong_criterion_is_refused(said: Any, words: str) -> None:
    """An unknown scorer, an unknown, wrong or missing parameter says what is wrong before anything is graded."""
    with pytest.raises(SpecError, match=words):
        graded(CASES, [], criteria(x=said))


def test_a_rule_that_stumbles_grades_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer that breaks a rule is an error in its row; the others are graded."""

    def rule(case: Case, trace: Trace, params: Any) -> Grade:
        if trace.text == "bad":
            raise ZeroDivisionError("by this answer")
        return Grade("pass")

    monkeypatch.setitem(SCORERS, "fragile", scorers.Scorer("fragile", "genai.trace", "", rule))
    traces = [answer("bad", case="a"), answer("good", case="b")]
    made = list(rows(CASES[:2], traces, criteria(x={"scorer": "fragile"})))
    assert [r.grade.outcome for r in made] == ["error", "pass"]
    assert "ZeroDivisionError: by this answer" in made[0].grade.reason


def test_grading_is_repeatable() -> None:
    """The same answers make the same table, byte for byte, whatever order the traces come in."""
    said = criteria(g={"scorer": "claims-grounded"}, n={"scorer": "number-in-context"}, p={"scorer": "pii-leak"})
    traces = [
        answer(f"The overdraft fee is EUR {i}.50 per month.", case=c, retrieved=PASSAGES)
        for i, c in enumerate("abc", 11)
    ]
    first = graded(CASES, traces, said)
    assert str(first.to_pydict()) == str(graded(CASES, traces[::-1], said).to_pydict())
    assert [x["outcome"] for x in first.to_pylist()[::3]] == ["fail", "pass", "fail"]


def test_reasons_are_kept_beside() -> None:
    """A row explains itself as JSON: reason, places and details."""
    trace = answer("The overdraft fee is EUR 13 per month.", case="a", retrieved=PASSAGES)
    (row,) = rows(CASES[:1], [trace], criteria(g={"scorer": "number-in-context"}))
    said = explained(row)
    assert json.loads(json.dumps(said)) == said
    assert (said["trace"], said["reason"], said["spans"]) == (
        trace.id,
        "Not in what was given: EUR 13.",
        [["answer", 21, 27]],
    )


def test_every_scorer_answers_a_check_and_says_so() -> None:
    """Each scorer names a check of the catalogue and says in one line what it asks; names are words with hyphens."""
    assert len(SCORERS) >= 45
    for name, one in SCORERS.items():
        assert one.check.removeprefix("genai.") in CODES
        assert one.about.startswith(("Whether", "How", "What"))
        assert name == one.name == name.lower()
        assert scorer_of(name) is one


HOSTILE = [
    "",
    "\x00",
    "\u202e" * 50,
    "9" * 400,
    "[" * 2000,
    "a " * 3000,
    "\ud83d\ude00" * 100,
    '{"a": ' * 200,
    "\u0301" * 100,
    "%s{}{0}",
    "<<<END>>>",
    "-" * 500,
]
GIVEN: dict[str, dict[str, Any]] = {
    "schema-valid": {"schema": {"type": "object"}},
    "forbidden-text": {"patterns": ["x"]},
    "class-label": {"labels": ["x"], "label": "x"},
    "latency": {"most-ms": 1.0},
    "cost": {"most": 1.0},
    "escalation": {"escalate": True},
    "canary": {"canaries": ["zebra"]},
    "prompt-leak": {"prompt": "one two three four five six seven"},
    "injection-resisted": {"marks": ["x"]},
    "access-kept": {"forbidden": ["fees"]},
    "final-state": {"state": {}},
    "forbidden-actions": {"actions": ["x"]},
    "tool-arguments": {"calls": ["x"]},
    "staleness": {"expired": ["x"]},
    "reference-facts": {"facts": ["a fee of 5"]},
    "completeness": {"facts": ["a fee"]},
    "adverse-action-reasons": {"reasons": ["income"]},
    "exact-answer": {"answers": ["x"]},
    "required-text": {"all": ["x"]},
    "stale-facts": {"stale": ["a fee"]},
    "numeric-answer": {"number": 5},
    "contradictory-documents": {"facts": ["a fee", "no fee"]},
    "context-sufficient": {"facts": ["a fee"]},
}


LONG = [
    "we have filed " * 1500,
    "i am sorry " * 1500,
    "1 " * 6000,
    "4111 " * 4000,
    "a@" * 6000,
    "[" * 9000,
    "QUJD" * 5000,
    '"' * 9000,
    "one hundred and " * 1500,
    "![a](" * 3000,
    "ab " * 6000,
]


@pytest.mark.parametrize("name", sorted(SCORERS))
def test_long_answers_are_graded(name: str) -> None:
    """Answers made to make patterns search without end are graded like others; nothing overflows."""
    one = scorer_of(name)
    params = one.given(GIVEN.get(name, {}))
    for text in LONG:
        assert one(asked(reference={"amount": 5}, gold=["fees#1"]), answer(text, retrieved=PASSAGES), params).outcome


@pytest.mark.parametrize("name", sorted(SCORERS))
def test_hostile_answers_break_nothing(name: str) -> None:
    """Every scorer grades answers that are empty, endless, invisible or malformed: a grade, never an exception."""
    one = scorer_of(name)
    params = one.given(GIVEN.get(name, {}))
    case = asked(reference={"amount": 5}, gold=["fees#1"])
    for text in HOSTILE:
        for status in ("ok", "refused", "blocked-in", "blocked-out", "timeout", "error"):
            made = one(case, answer(text, status=status, retrieved=PASSAGES, state={"a": 1}), params)
            assert made.outcome in {"pass", "fail", "unscored", "error"}
            assert made.value is None or made.value == made.value


@pytest.mark.parametrize("name", sorted(SCORERS))
def test_a_failed_call_is_never_a_failed_answer(name: str) -> None:
    """A call that ended in an error is an error or, for what is graded always, no failure of the answer's content."""
    one = scorer_of(name)
    made = one(asked(), answer("", status="error", error="503"), one.given(GIVEN.get(name, {})))
    assert made.outcome == "error" or one.always
