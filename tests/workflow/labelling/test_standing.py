"""Standing of labels: a study's numbers name the plans on record behind them, or warn that there are none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from secondline.core.evidence import Evidence, Run
from secondline.evals.labelling.filed import write
from secondline.reports.draft import draft
from secondline.workflow.labelling.desk import Desk, desk_of
from secondline.workflow.labelling.giving import plan, say, settle
from secondline.workflow.store import load_run, open_store
from secondline.workflow.study import Study
from secondline.workflow.validate import Request, validate
from secondline.workflow.witnessing import witness_of
from witnessed import write as written

WARNED = "of no plan on the ledger"


def run(spec: Path, store: Path | None) -> Run:
    """Validate the study."""
    study = Study.read(spec)
    return validate(Request(study.spec, study.base, store, actor="vera", code=True))


def labelled(spec: Path, n: int = 20) -> Desk:
    """Label answers under a plan on record, settle them, and have the study read them."""
    study = Study.read(spec)
    desk = desk_of(study.spec, study.base, spec.parent / "runs")
    work = plan(desk, "questions", "faithful", n, ("vera", "mira"), by="vic", seed=3)
    for rater in work.plan.raters:
        for task in work.plan.of(rater):
            right = "9" not in desk.showing(task)["answer"]
            say(desk, work, task.id, rater, "pass" if right else "fail")
    settle(desk, desk.work(work.id), by="vic")
    (spec.parent / "labels.csv").write_text(write(desk.table()))
    return desk


def of(found: Run, code: str = "genai.judge_validity") -> Evidence:
    """Return the answer to a check of the judged criterion."""
    return next(e for e in found.evidence if e.code == code and e.subject.column == "faithful")


def told(found: Run, code: str = "genai.judge_validity") -> tuple[list[str], bool]:
    """Return the plans an answer names, and whether it warns."""
    estimate = of(found, code).outcome.estimate
    assert estimate
    return estimate.detail["label plans"], any(WARNED in text for text in estimate.warnings)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, with labels that no plan on record chose, validated once."""
    spec = written(tmp_path_factory.mktemp("first"))
    run(spec, spec.parent / "runs")
    return spec


@pytest.fixture(scope="module")
def planned(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with labels of a plan on record."""
    spec = copied(first, tmp_path_factory.mktemp("planned"))
    labelled(spec)
    return spec


def copied(spec: Path, folder: Path) -> Path:
    """Copy a study with its ledger."""
    shutil.copytree(spec.parent, folder, dirs_exist_ok=True)
    return folder / spec.name


@pytest.mark.parametrize("kept", [True, False])
def test_labels_of_no_plan_are_told(first: Path, tmp_path: Path, kept: bool) -> None:
    """Whether a ledger is kept or not, every number that rests on such labels says so, and others do not."""
    spec = copied(first, tmp_path)
    found = run(spec, spec.parent / "runs" if kept else None)
    assert told(found) == ([], True)
    assert told(found, "genai.task_quality") == ([], True)
    unjudged = next(e for e in found.evidence if e.code == "genai.task_quality" and e.subject.column == "correct")
    assert unjudged.outcome.estimate
    assert "label plans" not in unjudged.outcome.estimate.detail


def test_labels_of_a_plan_on_record_are_cited(planned: Path, tmp_path: Path) -> None:
    """Planned, filed and settled, they are named by their plan, and nothing warns; the report says which and when."""
    spec = copied(planned, tmp_path)
    found = run(spec, spec.parent / "runs")
    assert told(found) == (["LB-1"], False)
    assert told(found, "genai.task_quality") == (["LB-1"], False)
    (one,) = witness_of(spec.parent / "runs", found).labels
    assert (one.id, one.criterion, one.chosen, one.labelled) == ("LB-1", "faithful", 20, 20)
    assert one.settled
    assert (one.planned.by, one.settled.by) == ("vic", "vic")
    assert one.settled.event > one.planned.event
    text = rendered(found, spec.parent / "runs")
    assert "Plans of labels, and the acts that made them" in text
    assert f"vic, {one.planned.on}, event {one.planned.event}" in text
    assert WARNED not in text


def rendered(found: Run, store: Path | None) -> str:
    """Return the text of a report's blocks."""
    return str(draft(found, witness=witness_of(store, found)).sections)


def test_a_report_says_which_labels_are_on_no_record(first: Path, tmp_path: Path) -> None:
    """The section on judges counts the labels of no plan; no plan is cited."""
    spec = copied(first, tmp_path)
    found = run(spec, spec.parent / "runs")
    assert witness_of(spec.parent / "runs", found).labels == ()
    text = rendered(found, spec.parent / "runs")
    assert "10 labels are" in text
    assert WARNED in text
    assert "t-genai-label-plans" not in text


@pytest.mark.parametrize("change", ["verdict", "chance", "left out", "reopened", "added"])
def test_labels_that_are_not_as_on_record_are_told(planned: Path, tmp_path: Path, change: str) -> None:
    """One verdict or chance that differs, a row left out, a plan taken up again: none of its labels is the record's."""
    spec = copied(planned, tmp_path)
    path = spec.parent / "labels.csv"
    head, first, *rest = path.read_text().splitlines()
    cells = first.split(",")
    if change == "verdict":
        cells[5] = "fail" if cells[5] == "pass" else "pass"
    elif change == "chance":
        cells[4] = "0.99"
    elif change == "reopened":
        open_store(spec.parent / "runs").act("labels.reopened", "vic", "LB-1", {}, reason="A second look.")
    kept = [] if change == "left out" else [",".join(cells)]
    if change == "added":
        done = {tuple(line.split(",")[i] for i in (0, 2)) for line in (first, *rest)}
        case, trial = next(k for n in range(20) for k in [(f"Q-{n:02}", "0"), (f"Q-{n:02}", "1")] if k not in done)
        rest.append(f"{case},questions,{trial},faithful,0.5,pass,")
    path.write_text("\n".join([head, *kept, *rest]) + "\n")
    found = run(spec, spec.parent / "runs")
    assert told(found) == ((["LB-1"], True) if change == "added" else ([], True))
    warnings = of(found).outcome.estimate.warnings  # type: ignore[union-attr]  # told() has seen it
    assert any(
        text.startswith("1 labels are of" if change == "added" else f"{len(kept + rest)} lab") for text in warnings
    )


def test_graded_answers_that_were_handed_over_are_told(planned: Path) -> None:
    """Where tables come ready made, nothing is known of their labels' plans, and that is what is said."""
    import pyarrow.parquet as pq

    store = planned.parent / "runs"
    folder = store / "evaluations" / load_run(store, "latest").plan_digest[:16]
    study = Study.read(planned)
    given = {name: pq.read_table(folder / f"{name}.parquet") for name in study.spec.populations}
    found = validate(Request(study.spec, study.base, None, given=given, actor="vera", code=True))
    assert told(found) == ([], True)
    assert any(text.startswith("the labels are of no plan") for text in of(found).outcome.estimate.warnings)  # type: ignore[union-attr]
