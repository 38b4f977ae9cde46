"""Evaluating: from a declared system to graded answers, each paid for once, with the plan on record before any call."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assistants import calls, changed, quick
from secondline.core.errors import DataError, Refused, SpecError
from secondline.ledger.store import Ledger
from secondline.workflow.evaluating import FOLDER, Evaluated, evaluate, keep
from secondline.workflow.study import Study
from secondline.workflow.validate import Request, plan_for, validate

LIVE = "kind: callable, function: 'quick.py:answer'"
BUDGET = f"{LIVE}, limits: {{budget: 5, concurrency: 1, retries: 0}}"


def evaluated(spec: Path, folder: Path | None = None, **more: Any) -> Evaluated:
    """Return what an evaluation of the study makes."""
    options: dict[str, Any] = {"allow_code": True} | more
    return evaluate(Study.read(spec).spec, spec.parent, folder, **options)


def validated(spec: Path, **more: Any) -> Any:
    """Validate the study with its records in `runs` beside it."""
    study = Study.read(spec)
    options: dict[str, Any] = {"code": True} | more
    return validate(Request(study.spec, study.base, spec.parent / "runs", **options))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of eighteen cases over transcripts."""
    return quick(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def found(spec: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """What its evaluation made."""
    return evaluated(spec, tmp_path_factory.mktemp("kept"))


def test_a_table_for_each_population(spec: Path, found: Evaluated) -> None:
    """Every suite, the anchors and the reviews have a table; a row is a case, a replicate and a criterion."""
    assert set(found.tables) == set(Study.read(spec).spec.populations)
    assert {name: t.num_rows for name, t in found.tables.items()} == {
        "questions": 12 * 11, "unanswerable": 6 * 3 * 2, "anchors-faithful": 60, "reviews": 120,
    }  # fmt: skip
    rows = found.tables["unanswerable"].to_pylist()
    keys = Counter((row["case"], row["replicate"], row["criterion"]) for row in rows)
    assert set(keys.values()) == {1}
    assert {row["suite"] for row in rows} == {"unanswerable"}
    assert len(found.traces) == 12 + 6 * 3


def test_answers_stand_beside_their_grades(found: Evaluated) -> None:
    """The text of each answer is kept with its rows, for statistics that compare answers."""
    texts = {trace.id: trace.text for trace in found.traces}
    rows = found.tables["questions"].to_pylist()
    assert all(row["answer"] == texts[row["trace"]] for row in rows)
    assert any(row["answer"] for row in rows)


def test_labels_join_the_answers_that_were_labelled(spec: Path, found: Evaluated) -> None:
    """As many rows have a chance as the file has labels, all of judged criteria; label and second come over."""
    labels = list(csv.DictReader((spec.parent / "labels.csv").read_text().splitlines()))
    rows = [r for name in ("questions", "unanswerable") for r in found.tables[name].to_pylist()]
    chosen = {(r["case"], str(int(r["replicate"])), r["criterion"]): r for r in rows if not math.isnan(r["chance"])}
    assert len(chosen) == len(labels) > 5
    assert {criterion for *_, criterion in chosen} == {"faithful", "entailed"}
    for said in labels:
        row = chosen[said["case"], said["replicate"], said["criterion"]]
        assert row["label"] == float(said["label"])
        assert row["chance"] == float(said["chance"])
        assert math.isnan(row["second"]) if said["second"] == "" else row["second"] == float(said["second"])


def test_the_judge_grades_what_names_it(found: Evaluated) -> None:
    """Each answer has one judgement a judge of its suite; rows carry its verdict; code grades the others."""
    judged = {(one.trace, one.criterion): one for one in found.judgements}
    assert len(judged) == len(found.judgements) == len(found.traces) + 12
    assert {one.judge for one in found.judgements} == {"faithful", "entailed"}
    for row in found.tables["questions"].to_pylist():
        if row["criterion"] in {"faithful", "entailed"}:
            assert (row["scorer"], row["outcome"]) == ("judge", judged[row["trace"], row["criterion"]].outcome)
        else:
            assert row["scorer"] == "code"


def test_a_judge_of_claims_needs_its_rubric(spec: Path, tmp_path: Path) -> None:
    """Words cannot judge whole answers: a rubric of another form is refused before anything is asked."""
    folder = tmp_path / "study"
    shutil.copytree(spec.parent, folder)
    rubric = folder / "rubrics" / "entailed.yaml"
    rubric.write_text(rubric.read_text().replace("each: claim\n", ""))
    with pytest.raises(SpecError, match="'entailed' goes by words, which judge claims"):
        evaluated(folder / "assistant.yaml", None)


def test_anchors_hold_verdicts_of_then_and_now(found: Evaluated) -> None:
    """Each anchor has the human's label, the verdict on record as its value, and today's verdict."""
    rows = found.tables["anchors-faithful"].to_pylist()
    assert {row["criterion"] for row in rows} == {"faithful"}
    assert {row["label"] for row in rows} == {0.0, 1.0}
    assert {row["value"] for row in rows if not math.isnan(row["value"])} == {0.0, 1.0}
    assert all(row["verdict"] in {0.0, 1.0} or math.isnan(row["verdict"]) for row in rows)
    assert any(row["verdict"] != row["value"] for row in rows)


def test_reviews_are_a_population(found: Evaluated) -> None:
    """What reviewers made of seeded errors is read beside the suites."""
    assert {row["scorer"] for row in found.tables["reviews"].to_pylist()} == {"human"}


def test_what_it_made_is_kept_whole(found: Evaluated, tmp_path: Path) -> None:
    """Traces, judgements, tables and the configuration are files that read back; none is left half-written."""
    keep(found, tmp_path)
    assert len((tmp_path / "traces.jsonl").read_text().splitlines()) == len(found.traces)
    assert len((tmp_path / "judgements.jsonl").read_text().splitlines()) == len(found.judgements)
    assert json.loads((tmp_path / "configuration.json").read_text()) == dict(found.config)
    assert "prompt/guide" in found.config
    for name, table in found.tables.items():
        assert pq.read_table(tmp_path / f"{name}.parquet").num_rows == table.num_rows
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_code_runs_only_where_it_is_allowed(spec: Path) -> None:
    """A judge that is a function is refused, with the option that allows it, and is not started."""
    before = calls(spec, "judge")
    with pytest.raises(Refused, match="--allow-code"):
        evaluated(spec, allow_code=False)
    assert calls(spec, "judge") == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("scorer: reference-facts", "scorer: reference-fact", "Did you mean 'reference-facts'"),
        ("params: {k: 4}", "params: {kk: 4}", "kk"),
        ("rubrics/faithful.yaml", "rubrics/gone.yaml", "gone.yaml"),
        ("quick.py:judge", "gone.py:judge", "gone.py"),
    ],
)
def test_what_is_wrong_is_said_before_a_call(old: str, new: str, says: str, tmp_path: Path) -> None:
    """A wrong scorer, parameter, rubric or judge costs no answer of the system."""
    spec = quick(tmp_path, LIVE, (old, new))
    with pytest.raises(SpecError, match=says):
        evaluated(spec)
    assert calls(spec, "answer") == 0


def test_a_run_that_ends_on_its_budget_goes_on(tmp_path: Path) -> None:
    """It says how far it came and what to do; run again with more money it asks only what is left."""
    spec = quick(tmp_path / "study", BUDGET)
    with pytest.raises(DataError, match=r"6 of 30 cases were asked.*budget.*run it again"):
        evaluated(spec, tmp_path / "kept")
    # What a function costs is not told beforehand, so the call that goes over the budget is the last.
    assert calls(spec, "answer") == 6
    assert calls(spec, "judge") == 0
    changed(spec, ("budget: 5", "budget: 500"))
    assert len(evaluated(spec, tmp_path / "kept").traces) == 30
    assert calls(spec, "answer") == 30


def test_what_was_answered_is_asked_once(tmp_path: Path) -> None:
    """A second validation calls neither the system nor the judge, and finds the same."""
    spec = quick(tmp_path, LIVE)
    first = validated(spec)
    counts = calls(spec, "answer"), calls(spec, "judge")
    # Answers of the same text to the same question are one call to the judge; anchors are sixty more.
    assert counts[0] == 30
    assert 18 + 50 <= counts[1] <= 30 + 60
    second = validated(spec)
    assert (calls(spec, "answer"), calls(spec, "judge")) == counts
    assert [e.outcome for e in second.evidence] == [e.outcome for e in first.evidence]


def test_the_plan_is_on_record_before_the_first_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system would be asked, the ledger holds the plan and no call was made; without an answer no run is."""
    spec = quick(tmp_path)
    study, seen = Study.read(spec), list[bool]()
    plan = plan_for(study.spec, study.base)

    def asked(*_: Any, **__: Any) -> None:
        seen.append(Ledger.open(tmp_path / "runs").records.get("plan", plan.digest()) is not None)
        raise DataError("nobody is there")

    monkeypatch.setattr("secondline.workflow.evaluating.evaluate", asked)
    with pytest.raises(DataError, match="nobody is there"):
        validated(spec)
    assert seen == [True]
    assert Ledger.open(tmp_path / "runs").runs() == []


def test_nothing_is_asked_where_all_answers_are_given(found: Evaluated, tmp_path: Path) -> None:
    """With a table for every population nothing is called and no code needs to be allowed."""
    spec = quick(tmp_path)
    run = validated(spec, code=False, given=dict(found.tables))
    assert {facts.name for facts in run.populations} == set(found.tables)
    assert calls(spec, "judge") == 0
    assert not (tmp_path / "runs" / FOLDER).exists()


def test_a_study_without_the_part_is_told(tmp_path: Path) -> None:
    """A model that is no generative system has nothing to ask."""
    study = Study.read(quick(tmp_path))
    with pytest.raises(DataError, match="no `genai` part"):
        evaluate(study.spec.model_copy(update={"genai": None}), tmp_path, None)
