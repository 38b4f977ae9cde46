"""Findings and validations as doors use them: from a run to records, from a signature to model and calendar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reports.sample_run import sample_run
from secondline.cli.app import app
from secondline.core.errors import Refused, SpecError
from secondline.ledger.store import Ledger
from secondline.policy import questionnaires
from secondline.policy.ageing import ageing, buckets
from secondline.policy.findings import DAYS
from secondline.workflow.findings import merge, take_from_run
from secondline.workflow.validating import attach_run, open_review, sign, standing

RUN = sample_run().model_copy(update={"previous": None})
PEOPLE = {"ada": ["admin"], "dev": ["developer"], "own": ["owner"], "val": ["validator"], "val2": ["validator"]}
TODAY = "2026-05-01"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a ledger with people, the model of the sample run, its plan and the run."""
    found = Ledger.open(tmp_path, clock=lambda: f"{TODAY}T10:00:00.000Z")
    for name, roles in PEOPLE.items():
        found.act("person.added", "ada", name, {"name": name, "roles": roles})
    found.act("model.registered", "dev", "retail-pd", {"name": "Retail PD", "owner": "own", "developer": "dev"})
    version = {"model": "retail-pd", "version": "2.3.0", "developers": ["dev"]}
    found.act("version.registered", "dev", "retail-pd@2.3.0", version)
    found.record_plan(RUN.plan, "val")
    found.record_run(RUN, "val")
    return found


def planned(ledger: Ledger, kind: str = "annual-review") -> str:
    """Return a validation in fieldwork."""
    fields = {"model": "retail-pd", "version": "2.3.0", "kind": kind, "due": "2026-12-31", "lead": "val",
              "team": ["val2"], "scope": "All."}  # fmt: skip
    id_ = ledger.act("validation.planned", "val", form=fields).id
    for name in ("val", "val2"):
        ledger.act("validation.declared", name, id_, {"statement": "Independent of it all."})
    return ledger.act("validation.started", "val", id_).id


def test_a_run_raises_each_breach_once(ledger: Ledger) -> None:
    """One draft for each proposal, with severity and day of the same rule; taken twice nothing changes."""
    first = take_from_run(ledger, RUN.id, "val")
    assert len(first.raised) == len(RUN.findings)
    docs = ledger.records.find("finding")
    assert {d["code"]: d["severity"] for d in docs} == {f.code: f.severity for f in RUN.findings}
    assert all(d["owner"] == "own" and d["evidence"][0].startswith(f"{RUN.id}/E-") for d in docs)
    assert DAYS == {"critical": 30, "major": 90, "medium": 180, "low": 365}
    assert take_from_run(ledger, RUN.id, "val").raised == ()


def test_the_next_run_updates_and_never_closes(ledger: Ledger) -> None:
    """What is breached again is seen again; what is not is noted as not reproduced, and stays open."""
    take_from_run(ledger, RUN.id, "val")
    mended = RUN.findings[0]
    kept = tuple(e for e in RUN.evidence if e.code != mended.code or e.id not in mended.evidence)
    fewer = RUN.model_copy(update={"id": "second", "findings": RUN.findings[1:], "evidence": kept})
    ledger.record_run(fewer, "val")
    found = take_from_run(ledger, "second", "val")
    assert (found.raised, len(found.again)) == ((), len(RUN.findings) - 1)
    assert len(found.gone) == 1 or mended.code not in {e.code for e in kept}
    assert {d["state"] for d in ledger.records.find("finding")} == {"draft"}


def test_a_developer_cannot_take_breaches_from_a_run(ledger: Ledger) -> None:
    """Raising by a run is the second line's; nothing is left half done."""
    with pytest.raises(Refused):
        take_from_run(ledger, RUN.id, "dev")
    assert not ledger.records.find("finding")


def test_attaching_and_raising_are_one_deed(ledger: Ledger) -> None:
    """The run is attached and its findings belong to the validation; refused, neither happened."""
    project = planned(ledger)
    with pytest.raises(Refused):
        attach_run(ledger, project, RUN.id, "dev")
    assert not ledger.records.find("finding")
    attach_run(ledger, project, RUN.id, "val")
    found = standing(ledger.records, project, TODAY)
    assert found["validation"]["own_runs"] == [RUN.id]
    assert len(found["findings"]) == len(RUN.findings)
    assert set(found["missing"]) == {"yearly"}


def test_a_signature_moves_version_model_and_calendar(ledger: Ledger) -> None:
    """All in one deed; parts that do not apply are left out by reviews of one question."""
    project = planned(ledger, "periodic")
    attach_run(ledger, project, RUN.id, "val")
    for part in ("conceptual", "assumptions", "documentation", "use"):
        review = open_review(ledger, project, questionnaires.part_named(part), "val")
        for question in review.doc["questions"]:
            note = {"question": question, "rating": "minor", "answer": "Nearly."}
            ledger.act("review.noted", "val2", review.id, note)
        ledger.act("review.concluded", "val", review.id, {"conclusion": "Fine."})
    ledger.act("validation.reporting", "val", project)
    opinion = {"opinion": 3, "recommendation": "conditional", "conditions": ["cap"], "combination": "c",
               "confidence": "low", "confidence_basis": "few"}  # fmt: skip
    ledger.act("validation.opined", "val", project, opinion)
    with pytest.raises(Refused):
        sign(ledger, project, "val")
    sign(ledger, project, "val2")
    model = ledger.records.need("model", "retail-pd")
    assert (model["last_validated"], model["opinion"]) == (TODAY, 3)
    assert str(model["next_validation"]) > TODAY
    assert ledger.records.need("version", "retail-pd@2.3.0")["state"] == "validated"


def test_merging_is_one_deed(ledger: Ledger) -> None:
    """The duplicate points to the one that stays, which knows it."""
    fields = {"model": "retail-pd", "statement": "stale", "evidence": ["a"]}
    a, b = (ledger.act("finding.raised", "val", form=fields).id for _ in range(2))
    merge(ledger, b, a, "val", "same thing")
    assert ledger.records.need("finding", a)["absorbed"] == [b]


def test_ageing_counts_each_open_finding_once() -> None:
    """In its bucket by days since issue, edges included; drafts apart, closed ones not."""
    days = {"2026-04-01": 0, "2026-03-31": 1, "2025-05-01": 3, "2025-04-30": 4}
    found = [{"state": "issued", "severity": "major", "issued": day, "due": "2026-04-30"} for day in days]
    found += [{"state": "draft", "severity": "major"}, {"state": "closed", "severity": "major", "issued": TODAY}]
    line = ageing(found, TODAY)[1]
    assert line.ages == tuple(int(i in days.values()) for i in range(len(buckets())))
    assert (line.total, line.overdue, line.drafts, line.oldest) == (4, 4, 1, 366)


def test_questionnaires_are_whole() -> None:
    """Every part has one, no question is asked twice, all are distinct, and models find theirs."""
    loaded = [questionnaires.load(name) for name in questionnaires.names()]
    assert len({q.id for q in loaded}) == len(loaded) >= 20
    for one in loaded:
        assert len({q.id for q in one.questions}) == len(one.questions)
    asked = {q.id: q.asks for one in loaded for q in one.questions}
    assert len(set(asked.values())) == len(asked) > 100
    suits: dict[str, dict[str, Any]] = {
        "scorecard-pd": {"family": "credit", "method": "logistic regression"}, "genai": {"kind": "genai"},
        "ml-classifier": {"family": "credit", "method": "gradient boosting"}, "fraud": {"family": "fraud"},
        "sanctions-screening": {"name": "Sanctions screening"}, "ifrs9-cecl": {"regulatory_uses": ["ecl"]},
        "deterministic-tool": {"kind": "spreadsheet"}, "design": {"name": "Unheard of"},
        "lgd-ead": {"name": "LGD cards"},
        "aml-monitoring": {"family": "aml"}, "market": {"family": "market"},
    }  # fmt: skip
    assert {name: questionnaires.suited("conceptual", model).id for name, model in suits.items()} == {
        n: n for n in suits
    }
    for wrong in (lambda: questionnaires.load("scorcard"), lambda: questionnaires.part_named("runs")):
        with pytest.raises(SpecError):
            wrong()


def test_the_terminal_lists_shows_and_refuses(ledger: Ledger) -> None:
    """JSON for programs, a plain message and exit code 2 for a refusal, an unknown finding, an unknown paper."""
    project = planned(ledger)
    store = ["--store", str(ledger.folder)]
    run = CliRunner().invoke
    assert run(app, ["validation", "attach", project, RUN.id, "--actor", "val", *store]).exit_code == 0
    listed = json.loads(run(app, ["finding", "list", "--json", *store]).stdout)
    assert len(listed) == len(RUN.findings)
    for command in (["finding", "list"], ["finding", "show", "F-1"], ["finding", "ageing"], ["validation", "list"],
                    ["validation", "show", project]):  # fmt: skip
        shown = run(app, [*command, *store])
        assert shown.exit_code == 0, shown.output
    assert run(app, ["validation", "questions", "fraud"]).exit_code == 0
    refused = (
        ["finding", "issue", "F-1", "--actor", "own"], ["finding", "show", "F-99"],
        ["validation", "settle", "XX-1", "--actor", "val"], ["finding", "close", "F-1", "--run", "none"],
    )  # fmt: skip
    for command in refused:
        assert run(app, [*command, *store]).exit_code == 2
