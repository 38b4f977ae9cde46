"""Labels at the desk: planned on record before, given by those whom the plan names, and read back by a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from secondline.core.errors import DataError, LedgerError, OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.evals.labelling.filed import read, write
from secondline.ledger.verify import verify
from secondline.workflow.labelling.desk import Desk, Work
from secondline.workflow.labelling.giving import adjudicate, file, plan, said_of, say, settle, suggest

RATERS = ("vera", "mira")


def all_said(desk: Desk, work: Work, verdict: str = "pass") -> Work:
    """Give every label that a plan asks for."""
    for rater in work.plan.raters:
        for task in work.open_for(rater):
            say(desk, work, task.id, rater, verdict)
    return desk.work(work.id)


def test_what_people_say_comes_back_as_labels_of_a_study(desk: Desk, tmp_path: Path) -> None:
    """The file of labels is read by the study: verdicts, second raters, chances, and answers nobody labelled."""
    work = plan(desk, "questions", "faithful", 12, RATERS, by="mira", seed=3)
    twice = next(task for task in work.plan.tasks if len(task.raters) == 2)
    say(desk, work, twice.id, twice.raters[0], "pass", "It says five.")
    say(desk, work, twice.id, twice.raters[1], "fail")
    unsure = next(task for task in work.plan.tasks if task.id != twice.id)
    say(desk, work, unsure.id, unsure.raters[0], "unsure")
    work = desk.work(work.id)
    assert said_of(work, twice.id) == [("fail", ""), ("pass", "It says five.")]
    assert adjudicate(desk, work, {twice.id: ("pass", "")}, by="third") == 1
    assert desk.table() == []
    settle(desk, desk.work(work.id), by="third", reason="The rest is not needed.")
    path = tmp_path / "labels.csv"
    path.write_text(write(desk.table()))
    labels = read([path], {row.trace.id: row.trace for row in desk.rows if row.trace}.values())
    assert len(labels) == 12
    said = labels[twice.key]
    assert (said.label, said.second) == (1.0, 0.0)
    assert labels[unsure.key].label is None
    assert {key: one.chance for key, one in labels.items()} == {t.key: t.chance for t in work.plan.tasks}


def test_the_record_holds_the_plan_before_any_label(desk: Desk) -> None:
    """Digest, design, sizes, chances, raters and what may be seen are on record, and the object is the plan."""
    work = plan(desk, "questions", "faithful", 12, RATERS, by="mira", seed=3)
    doc = desk.ledger.records.need("labels", work.id)
    assert (doc["state"], doc["object"], doc["chances"]) == ("planned", work.plan.digest, work.plan.chances_digest)
    assert (doc["tasks"], doc["frame"], doc["design"]) == (12, 40, "by verdict and stratum")
    assert (doc["shows"], doc["goes_by"]) == (["criterion", "question", "context", "answer"], ["verdict", "stratum"])
    assert doc["evaluation"] == desk.evaluation
    say(desk, work, work.open_for("vera")[0].id, "vera", "pass")
    assert verify(desk.ledger.folder).problems == ()
    kinds = [e.kind for e in desk.ledger.records.events(subject=f"labels/{work.id}")]
    assert kinds == ["labels.planned", "labels.filed"]


def test_the_newest_word_counts_and_none_is_lost(desk: Desk) -> None:
    """A rater may think again: the newer label holds, and the older one is still on record."""
    work = plan(desk, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    task = work.open_for("vera")[0]
    say(desk, work, task.id, "vera", "pass")
    say(desk, desk.work(work.id), task.id, "vera", "pass")
    say(desk, desk.work(work.id), task.id, "vera", "fail")
    again = desk.work(work.id)
    assert [label.verdict for label in again.labels] == ["fail"]
    assert len(again.open_for("vera")) == 5
    assert len(again.doc["filings"]) == 2


def test_a_rater_sees_no_verdict(desk: Desk) -> None:
    """What is shown is the question, the passages and the answer, and not who judged or how."""
    work = plan(desk, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    for task in work.plan.tasks:
        cells = desk.showing(task)
        assert set(cells) == {"criterion", "question", "context", "answer"}
        assert "By the number." not in "".join(cells.values())
        assert "scripted" not in "".join(cells.values())


def test_an_answer_that_changed_is_not_shown(desk: Desk) -> None:
    """A task whose answer is gone or is another one cannot be labelled, and its plan is not of these answers."""
    work = plan(desk, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    other = work.plan.tasks[0].model_copy(update={"seal": "0" * 64})
    with pytest.raises(DataError, match="not the one that was planned"):
        desk.showing(other)
    empty = replace(desk, rows=())
    with pytest.raises(DataError, match="not the one that was planned"):
        empty.showing(work.plan.tasks[0])
    assert empty.works() == []


def test_a_plan_is_made_once(desk: Desk) -> None:
    """A second plan of the same answers, one of no answers, and one of too many are refused; withdrawn, it goes."""
    first = plan(desk, "", "faithful", 6, ("vera",), by="vera", seed=3)
    assert first.plan.design == "by verdict and stratum"
    with pytest.raises(SpecError, match="planned already"):
        plan(desk, "questions", "faithful", 6, ("mira",), by="mira", seed=3)
    with pytest.raises(SpecError, match="declares no 'nowhere'"):
        plan(desk, "nowhere", "faithful", 6, ("vera",), by="vera", seed=3)
    with pytest.raises(SpecError, match="No answer to attacks is graded by 'faithful'"):
        plan(desk, "attacks", "faithful", 6, ("vera",), by="vera", seed=3)
    with pytest.raises(SpecError, match="A plan of 9999 labels"):
        plan(desk, "questions", "correct", 9999, ("vera",), by="vera", seed=3)
    desk.ledger.act("labels.withdrawn", "vera", first.id, {}, reason="Another rubric.")
    again = plan(desk, "questions", "faithful", 6, ("mira",), by="mira", seed=4)
    assert [work.state for work in desk.works()] == ["withdrawn", "planned"]
    assert again.doc["after"] == []


def test_only_the_named_may_label(desk: Desk) -> None:
    """A stranger, an unknown task, another verdict and an endless note are refused, and nothing is kept."""
    work = plan(desk, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    task = work.plan.tasks[0].id
    with pytest.raises(Refused, match="not mira's"):
        say(desk, work, task, "mira", "pass")
    with pytest.raises(UnknownRecord, match="no task"):
        say(desk, work, "nothing", "vera", "pass")
    with pytest.raises(SpecError, match="pass, fail or unsure"):
        say(desk, work, task, "vera", "perhaps")
    with pytest.raises(SpecError, match="longer than"):
        say(desk, work, task, "vera", "pass", "x" * 5_000)
    say(desk, work, task, "vera", "pass")
    with pytest.raises(SpecError, match="Not all of these labels are of 'mira'"):
        file(desk, work, "mira", desk.work(work.id).labels, by="mira")
    with pytest.raises(UnknownRecord, match="no plan of labels"):
        desk.work("none")


def test_labels_of_another_plan_are_refused(desk: Desk) -> None:
    """A label given under a plan that is not the one on record is not filed."""
    work = plan(desk, "questions", "faithful", 6, ("vera",), by="vera", seed=3)
    other = replace(work, plan=work.plan.model_copy(update={"seed": 99}))
    with pytest.raises(Refused, match="A plan does not change once it is on record"):
        say(desk, other, work.plan.tasks[0].id, "vera", "pass")
    assert desk.work(work.id).labels == ()


def test_what_nobody_disputes_is_not_adjudicated(desk: Desk) -> None:
    """A third person overrules no label that raters agree on, and decides only pass or fail."""
    work = all_said(desk, plan(desk, "questions", "faithful", 8, RATERS, by="mira", seed=3))
    task = work.plan.tasks[0].id
    with pytest.raises(OutOfTurn, match="Nobody disagrees"):
        adjudicate(desk, work, {task: ("fail", "")}, by="third")
    twice = next(t for t in work.plan.tasks if len(t.raters) == 2)
    say(desk, work, twice.id, twice.raters[0], "fail")
    work = desk.work(work.id)
    with pytest.raises(SpecError, match="pass or fail"):
        adjudicate(desk, work, {twice.id: ("unsure", "")}, by="third")
    with pytest.raises(OutOfTurn, match="1 answers on which raters disagree"):
        settle(desk, work, by="third")
    adjudicate(desk, work, {twice.id: ("fail", "")}, by="third")
    adjudicate(desk, desk.work(work.id), {twice.id: ("pass", "Again.")}, by="fourth")
    assert [x.verdict for x in desk.work(work.id).labels if x.adjudicated] == ["pass"]


def test_a_suggestion_counts_with_the_plan_before_it(desk: Desk) -> None:
    """Both settled, every answer has the chance of either draw; before, the second is not settled alone."""
    first = all_said(desk, plan(desk, "questions", "faithful", 10, ("vera",), by="vera", seed=3))
    second = suggest(desk, "questions", "faithful", 8, ("vera",), by="vera", seed=4)
    assert second.doc["after"] == [first.id]
    second = all_said(desk, second)
    with pytest.raises(OutOfTurn, match="settle LB-1 first"):
        settle(desk, second, by="vera")
    settle(desk, first, by="vera")
    alone = {(r["case"], r["replicate"]): r["chance"] for r in desk.table()}
    settle(desk, second, by="vera")
    both = {(r["case"], r["replicate"]): r["chance"] for r in desk.table()}
    assert len(both) == len(first.plan.tasks) + len(second.plan.tasks)
    assert all(both[key] >= chance for key, chance in alone.items())
    assert any(both[key] > chance for key, chance in alone.items())


def test_a_plan_that_was_altered_is_told(desk: Desk) -> None:
    """A plan whose object is gone is an error that says so, not an empty list."""
    work = plan(desk, "questions", "correct", 6, ("vera",), by="vera", seed=31)
    desk.ledger.objects.path(work.plan.digest).write_bytes(b"{}")
    from secondline.workflow.labelling import desk as module

    module._plan.cache_clear()
    with pytest.raises(LedgerError, match="was altered"):
        desk.works()
