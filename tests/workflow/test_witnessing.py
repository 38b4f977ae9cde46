"""What an evaluation leaves can be read again whole, and hands a report the failed answers that matter most."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from secondline.core.errors import DataError, UnknownRecord
from secondline.core.evidence import Run
from secondline.evals.grading.table import Row
from secondline.evals.kept import GRADES, read
from secondline.evals.nouns import Case, Grade, Message
from secondline.reports.witness import NOTHING
from secondline.workflow.evaluating import FOLDER, kept_of
from secondline.workflow.witnessing import LONGEST, QUOTED, chosen, told, witness_of
from witnessed import HOSTILE, ran


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Validate the small study once."""
    return ran(tmp_path_factory.mktemp("assistant"))


def test_what_was_kept_is_what_was_graded(made: tuple[Run, Path]) -> None:
    """Every answer comes back with its case, its passages, its grades with reasons, and people's labels."""
    run, store = made
    kept = kept_of(store, run.plan_digest)
    assert kept is not None
    assert len(kept.rows) == 20 * 2 * 3 + 20 * 2
    wrong = next(r for r in kept.rows if r.case.name == "Q-00" and r.criterion == "correct")
    assert wrong.grade.outcome == "fail"
    assert wrong.grade.reason
    answer = kept.answer(wrong.id)
    assert answer.question == "What is the limit of case 0?"
    assert HOSTILE in answer.text
    assert {row.criterion for row in answer.rows} == {"correct", "faithful", "entailed"}
    assert kept.labels[wrong.id, "faithful"].label == 0.0
    assert "model/scripted" in kept.config
    with pytest.raises(UnknownRecord, match="no answer 'none'"):
        kept.answer("none")


def test_the_gravest_of_each_criterion_are_quoted(made: tuple[Run, Path]) -> None:
    """A report is handed the worst failure of each criterion, no case twice, and how many there were."""
    run, store = made
    witness = witness_of(store, run)
    assert next((q.suite, q.case) for q in witness.quoted) == ("attacks", "A-3-attack")
    assert len({(q.suite, q.case) for q in witness.quoted}) == len(witness.quoted) <= QUOTED
    assert {q.criterion for q in witness.quoted} >= {"correct", "faithful", "refuses"}
    assert witness.failed > len(witness.quoted)


def test_long_answers_are_cut_and_control_characters_dropped(made: tuple[Run, Path]) -> None:
    """What is quoted fits a cell and holds nothing that cannot be printed."""
    run, store = made
    kept = kept_of(store, run.plan_digest)
    assert kept is not None
    case = Case(id="long", suite="s", turns=(Message(role="user", content="ask " * 500 + "\x00"),))
    row = Row(case, None, "t", "c", "code", Grade("fail", reason="r" * 10_000))
    quoted = told(type(kept)((row,), {}, {})).quoted[0]
    assert quoted.question.endswith("[...]")
    assert "\x00" not in quoted.question
    assert quoted.answer == "(no text: error)"
    assert len(quoted.reason) <= LONGEST + len(" [...]")


def test_the_choice_does_not_depend_on_the_order() -> None:
    """The same failures are quoted whatever the order in which they were graded."""
    rows = [
        Row(Case(id=f"c{i}", suite="s", severity=1 + i % 5, turns=(Message(role="user", content="?"),)), None, f"t{i}",
            f"k{i % 3}", "code", Grade("fail"))
        for i in range(40)
    ]  # fmt: skip
    assert [r.id for r in chosen(rows)] == [r.id for r in chosen(rows[::-1])]
    assert len(chosen(rows)) == QUOTED


def test_without_answers_at_hand_the_report_still_stands(made: tuple[Run, Path], tmp_path: Path) -> None:
    """No store, no evaluation and a broken one leave nothing to quote; the last is an error where it is asked for."""
    run, store = made
    assert witness_of(None, run) is NOTHING
    assert witness_of(tmp_path, run) is NOTHING
    assert read(tmp_path) is None
    folder = tmp_path / FOLDER / run.plan_digest[:16]
    shutil.copytree(store / FOLDER / run.plan_digest[:16], folder)
    (folder / GRADES).write_text(json.dumps({"suite": "none"}) + "\n")
    with pytest.raises(DataError, match="cannot be read"):
        kept_of(tmp_path, run.plan_digest)
    assert witness_of(tmp_path, run) is NOTHING
