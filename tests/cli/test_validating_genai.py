"""`secondline validate assistant.yaml`: a generative system gets the same plan, evidence, findings and report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistants import calls, quick
from secondline.cli.app import app
from secondline.cli.exits import Exit


def run(*args: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(args), env={"COLUMNS": "200", "TERM": "dumb"})


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of eighteen cases."""
    return quick(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def validated(spec: Path) -> Result:
    """What validating it says."""
    return run("validate", str(spec), "--allow-code")


def test_its_plan_is_shown_without_asking(spec: Path) -> None:
    """The plan names the checks of generative systems and their packs' limits; nobody is asked."""
    found = run("plan", str(spec))
    assert found.exit_code == Exit.PASSED, found.output
    assert "genai.task_quality" in found.output
    assert "No data were read." in found.output


def test_code_is_not_run_unasked(spec: Path) -> None:
    """A judge that is a function needs the person's word; the message says how it is given."""
    before = calls(spec, "judge")
    found = run("validate", str(spec))
    assert found.exit_code == Exit.ERROR
    assert "--allow-code" in found.output
    assert calls(spec, "judge") == before


def test_it_ends_in_findings_and_a_report(spec: Path, validated: Result) -> None:
    """The known faults are found: the run fails, findings are proposed, and the report tells of them."""
    assert validated.exit_code == Exit.FAILED, validated.output
    assert "generative AI" in validated.output
    assert "findings proposed" in validated.output
    report = next((spec.parent / "runs").glob("*/report.html")).read_text(encoding="utf-8")
    assert "Answers are right" in report
    assert "faithful" in report


def test_it_is_on_record(spec: Path, validated: Result) -> None:
    """The run is listed and its ledger verifies."""
    assert validated.exit_code == Exit.FAILED
    store = str(spec.parent / "runs")
    listed = json.loads(run("runs", "--store", store, "--json").output)
    assert [one["model"] for one in listed] == ["northbank-guide"]
    assert run("verify", "--store", store).exit_code == Exit.PASSED
