"""Labels beside an evaluation: planned before, given by those whom the plan names, and read back by a study."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from secondline.core.errors import DataError, Refused, SpecError, UnknownRecord
from secondline.core.evidence import Run
from secondline.evals.kept import Kept
from secondline.evals.labelling.filed import read
from secondline.workflow.evaluating import FOLDER, kept_of
from secondline.workflow.labelling import COLUMNS, begin, say, showing, table, work_of, works
from witnessed import ran

RATERS = ("vera", "mira")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Validate the small study once."""
    return ran(tmp_path_factory.mktemp("assistant"))


@pytest.fixture
def place(made: tuple[Run, Path], tmp_path: Path) -> tuple[Kept, Path]:
    """The evaluation with a folder of its own for labels."""
    run, store = made
    folder = tmp_path / FOLDER / run.plan_digest[:16]
    shutil.copytree(store / FOLDER / run.plan_digest[:16], folder)
    kept = kept_of(tmp_path, run.plan_digest)
    assert kept is not None
    return kept, folder


def test_what_people_say_comes_back_as_labels_of_a_study(place: tuple[Kept, Path], tmp_path: Path) -> None:
    """The file of labels is read by the study: verdicts, second raters, chances, and answers nobody labelled."""
    kept, folder = place
    work = begin(kept, folder, "questions", "faithful", 12, RATERS, by="mira", seed=3)
    twice = next(task for task in work.plan.tasks if len(task.raters) == 2)
    say(folder, work, twice.id, twice.raters[0], "pass", "It says five.")
    say(folder, work, twice.id, twice.raters[1], "fail")
    unsure = next(task for task in work.plan.tasks if task.id != twice.id)
    say(folder, work, unsure.id, unsure.raters[0], "unsure")
    rows = table(kept, works(folder))
    assert tuple(rows[0]) == COLUMNS
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as out:
        writer: csv.DictWriter[str] = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    labels = read([path], {row.trace.id: row.trace for row in kept.rows if row.trace}.values())
    assert len(labels) == 12
    said = labels[twice.key]
    assert (said.label, said.second) == (1.0, 0.0)
    assert labels[unsure.key].label is None
    assert all(one.chance for one in labels.values())


def test_the_newest_word_counts_and_none_is_lost(place: tuple[Kept, Path]) -> None:
    """A rater may think again: the newer label holds, and the older is still in the file."""
    kept, folder = place
    work = begin(kept, folder, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    task = work.open_for("vera")[0]
    say(folder, work, task.id, "vera", "pass")
    say(folder, work, task.id, "vera", "fail")
    again = work_of(folder, work.id)
    assert [label.verdict for label in again.labels] == ["fail"]
    assert len(again.open_for("vera")) == 5
    assert len(next(folder.glob("labels/*.labels.jsonl")).read_text().splitlines()) == 2


def test_few_labels_are_drawn_by_verdict_alone(place: tuple[Kept, Path]) -> None:
    """Where strata are too many for the labels, none is left without a chance and the plan is made all the same."""
    kept, folder = place
    few = begin(kept, folder, "questions", "correct", 4, ("vera",), by="vera", seed=3)
    assert {cell.stratum for cell in few.plan.cells} == {""}
    assert {cell.outcome for cell in few.plan.cells} == {"pass", "fail"}
    more = begin(kept, folder, "questions", "faithful", 12, ("vera",), by="vera", seed=3)
    assert {cell.stratum for cell in more.plan.cells} == {"even", "odd"}


def test_a_rater_sees_no_verdict(place: tuple[Kept, Path]) -> None:
    """What is shown is the question, the passages and the answer, and not who judged or how."""
    kept, folder = place
    work = begin(kept, folder, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    for task in work.plan.tasks:
        cells = showing(kept, task)
        assert set(cells) == {"criterion", "question", "context", "answer"}
        assert "By the number." not in "".join(cells.values())
        assert "scripted" not in "".join(cells.values())


def test_an_answer_that_changed_is_not_shown(place: tuple[Kept, Path]) -> None:
    """A task whose answer is gone or is another one cannot be labelled."""
    kept, folder = place
    work = begin(kept, folder, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    other = work.plan.tasks[0].model_copy(update={"seal": "0" * 64})
    with pytest.raises(DataError, match="not the one that was planned"):
        showing(kept, other)
    with pytest.raises(DataError, match="not the one that was planned"):
        showing(Kept((), {}, {}), work.plan.tasks[0])


def test_a_plan_is_made_once(place: tuple[Kept, Path]) -> None:
    """A second plan of the same answers, one of no answers, and one of too many are refused."""
    kept, folder = place
    begin(kept, folder, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    with pytest.raises(SpecError, match="planned already"):
        begin(kept, folder, "questions", "faithful", 6, ("mira",), by="mira", seed=3)
    with pytest.raises(SpecError, match="No answer to 'nowhere'"):
        begin(kept, folder, "nowhere", "faithful", 6, ("vera",), by="vera", seed=3)
    with pytest.raises(SpecError, match="A plan of 9999 labels"):
        begin(kept, folder, "questions", "correct", 9999, ("vera",), by="vera", seed=3)


def test_only_the_named_may_label(place: tuple[Kept, Path]) -> None:
    """A stranger, an unknown task, another verdict and an endless note are refused, and nothing is kept."""
    kept, folder = place
    work = begin(kept, folder, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    task = work.plan.tasks[0].id
    with pytest.raises(Refused, match="not mira's"):
        say(folder, work, task, "mira", "pass")
    with pytest.raises(UnknownRecord, match="no task"):
        say(folder, work, "nothing", "vera", "pass")
    with pytest.raises(SpecError, match="pass, fail or unsure"):
        say(folder, work, task, "vera", "perhaps")
    with pytest.raises(SpecError, match="longer than"):
        say(folder, work, task, "vera", "pass", "x" * 5_000)
    assert work_of(folder, work.id).labels == ()
    with pytest.raises(UnknownRecord, match="no plan of labels"):
        work_of(folder, "none")


def test_a_broken_plan_is_told(place: tuple[Kept, Path]) -> None:
    """A plan that cannot be read is an error that names the file, not an empty list."""
    _, folder = place
    (folder / "labels").mkdir()
    (folder / "labels" / "x.plan.json").write_text("{}")
    with pytest.raises(DataError, match=r"x\.plan\.json"):
        works(folder)
