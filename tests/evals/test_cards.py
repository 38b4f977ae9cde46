"""Judges' cards: what they rest on, when they become void, and the anchors that are graded again."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest

from graders import Scripted, answer, asked, graded_rows, label
from secondline.core.errors import DataError, SecondlineError
from secondline.evals.cards import Anchor, JudgeCard, card, read_anchors, rescored, uncovered, void, write_anchors
from secondline.evals.grading.table import Row
from secondline.evals.judging import Rubric
from secondline.evals.labelling import planned
from secondline.evals.labelling.settling import set_digest
from secondline.evals.nouns import Grade, Judgement

ROWS = graded_rows()
PLAN = planned(ROWS, 24, seed=3, raters=("ann", "bob", "cid"))
RUBRIC = Rubric.model_validate(
    {
        "id": "helpful",
        "version": "1",
        "criterion": "helpful",
        "instructions": "Pass an answer that helps the customer.",
        "passes": [{"answer": "a", "because": "b"}],
        "fails": [{"answer": "c", "because": "d"}],
    }
)


def judgements(**more: Any) -> list[Judgement]:
    said = {"model": "judge-1", "prompt": RUBRIC.prompt, "rubric": RUBRIC.digest, **more}
    return [
        Judgement.model_validate({"trace": r.id, "criterion": "helpful", "outcome": r.grade.outcome, **said})
        for r in ROWS
    ]


def made_card(**more: Any) -> JudgeCard:
    labels = [label(t, r, "pass") for t in PLAN.tasks for r in t.raters]
    return card("j", RUBRIC, ROWS, judgements(), labels, on=date(2026, 11, 26), days=90, **more)


def test_a_card_says_what_it_rests_on() -> None:
    """Labels, doubles, cells, strata and languages with enough labels, rubric, prompt, model, expiry."""
    made = made_card(family="qwen", figures={"sensitivity": 0.9})
    assert (made.n, made.doubled, made.languages) == (24, sum(len(t.raters) == 2 for t in PLAN.tasks), ("en",))
    assert sum(made.counts.values()) == 24
    assert (made.strata, made.expires) == (("s0", "s1"), date(2027, 2, 24))
    assert JudgeCard.model_validate_json(made.model_dump_json()) == made
    assert made.labels == set_digest([label(t, r, "pass") for t in PLAN.tasks[::-1] for r in t.raters])


def test_a_card_becomes_void() -> None:
    """Expiry, another prompt, model or fingerprint each void it, with a reason; the same do not."""
    made = made_card().model_copy(update={"fingerprint": "f1"})
    assert void(made, date(2027, 2, 24), rubric=RUBRIC, model="judge-1", fingerprint="f1") == []
    other = RUBRIC.model_copy(update={"instructions": "Pass an answer that is long and helps."})
    assert len(void(made, date(2027, 2, 25), rubric=other, model="judge-2", fingerprint="f2")) == 4


def test_where_a_card_does_not_hold() -> None:
    """Answers of strata and languages without labels are counted."""
    foreign = Row(asked(id="x", stratum="s9", language="fr"), None, "x", "helpful", "judge", Grade("pass"))
    assert uncovered(made_card(), [ROWS[0], foreign]) == {"stratum s9": 1, "language fr": 1}


def test_cards_that_cannot_be_made() -> None:
    """Without labels, or of judgements by two prompts, there is no card."""
    with pytest.raises(DataError, match="No answer that 'j' graded has a label"):
        card("j", RUBRIC, ROWS, judgements(), [], on=date(2026, 11, 26), days=90)
    mixed = [*judgements()[:30], *judgements(prompt="other")[30:]]
    with pytest.raises(DataError, match="2 prompts and 1 models"):
        card("j", RUBRIC, ROWS, mixed, [], on=date(2026, 11, 26), days=90)


def test_anchors(tmp_path: Path) -> None:
    """Anchors are kept as a file and graded again: verdicts of before and now, and which moved."""
    verdicts: list[Literal["pass", "fail", "unscored"]] = ["pass", "fail", "pass", "unscored"]
    anchors = [
        Anchor(case=asked(id=f"a{i}"), trace=answer(f"text {i}", case=f"a{i}"), label="pass", verdict=v)
        for i, v in enumerate(verdicts)
    ]
    path = tmp_path / "anchors.jsonl"
    write_anchors(path, anchors)
    assert read_anchors(path) == anchors
    target = Scripted(lambda t: json.dumps({"verdict": "fail" if "text 2" in t else "pass", "quote": "", "reason": ""}))
    made = asyncio.run(rescored(RUBRIC, target, anchors))
    assert (made.before, made.now) == ((1.0, 0.0, 1.0, None), (1.0, 1.0, 0.0, 1.0))
    assert made.moved == ("a1", "a2", "a3")
    assert made.labels == (1.0,) * 4


@pytest.mark.parametrize("content", ["", "{", '{"label": "pass"}', "[" * 5000])
def test_wrong_anchors_are_refused(tmp_path: Path, content: str) -> None:
    """An empty, broken or incomplete file of anchors is an error with its name."""
    path = tmp_path / "anchors.jsonl"
    path.write_text(content)
    with pytest.raises(SecondlineError, match=r"anchors\.jsonl"):
        read_anchors(path)
    with pytest.raises(DataError, match="Cannot read"):
        read_anchors(tmp_path / "none.jsonl")
