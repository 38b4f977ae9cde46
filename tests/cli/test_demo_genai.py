"""`secondline demo genai`: a scripted assistant by default, a small model where its packages are installed."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from secondline.cli.acting import ledger_of
from secondline.cli.app import app
from secondline.cli.exits import Exit
from secondline.core.errors import ModelError
from secondline.evals import local
from secondline.samples.genai import small
from secondline.workflow.store import load_run, verify_store

CI = os.environ.get("CI") == "true"


def run(*args: str | Path) -> Result:
    """Run the demo in this process."""
    return CliRunner().invoke(app, ["demo", "genai", *map(str, args)], env={"COLUMNS": "200", "TERM": "dumb"})


def test_it_ends_in_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted assistant is validated; report and truth lie where the demo says."""
    monkeypatch.setattr(small, "QUICK", {"questions": 12, "attacks": 4})
    found = run(tmp_path / "bank", "--quick")
    assert found.exit_code == Exit.PASSED, found.output
    assert re.search(r"findings? proposed", found.output)
    assert list((tmp_path / "bank" / "runs").glob("*/report.html"))
    assert (tmp_path / "bank" / "truth.json").exists()
    store = tmp_path / "bank" / "runs"
    plans = ledger_of(store).records.find("labels")
    assert sorted((doc["criterion"], doc["state"]) for doc in plans) == [
        ("entailed", "settled"), ("faithful", "settled"), ("harmless", "settled"),
    ]  # fmt: skip
    assert {f["by"] for doc in plans for f in doc["filings"].values()} <= {"rater-1", "rater-2", "arbiter"}
    rested = [e.outcome.estimate.detail for e in load_run(store, "latest").evidence if e.outcome.estimate]
    assert {one["labels of no plan"] for one in rested if "label plans" in one} == {0}
    assert verify_store(store).problems == ()
    said = " ".join(found.output.split())
    assert re.search(r"assistant\.yaml --store bank open \(emergency, until [\d-]+\)", said)
    assert "assistant-edited.yaml --store bank closed same configuration: Not approved: prompt/guide changed" in said
    assert "C-1 is raised" in said


def test_a_real_endpoint_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --model a server of this machine is started, asked, and ended; what it said is graded and reported."""
    stub = lambda port: [sys.executable, "-m", "secondline.evals.stub", "--answers", "bank", "--port", str(port)]  # noqa: E731
    monkeypatch.setattr(local, "command", stub)
    monkeypatch.setattr(small, "MOST", {"questions": 8, "unanswerable": 2})
    found = run(tmp_path, "--model")
    assert found.exit_code == Exit.PASSED, found.output
    assert "reported as they are" in found.output
    kept = next((tmp_path / "runs" / "evaluations").glob("*/traces.jsonl")).read_text().splitlines()
    assert len(kept) == 10
    assert {json.loads(line).get("source", "live") for line in kept} == {"live"}


@pytest.mark.slow
def test_a_small_model_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real language model is served and asked twice on this machine: it answers in words, and the same both times."""
    if not (find_spec(local.WEIGHTS) and find_spec(local.SERVER)):
        reason = "no small language model here: install requirements/slm.txt"
        pytest.fail(reason) if CI else pytest.skip(reason)
    monkeypatch.setattr(small, "MOST", {"questions": 3, "unanswerable": 1})
    said = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        found = run(folder, "--model")
        assert "reported as they are" in found.output, found.output
        kept = next((folder / "runs" / "evaluations").glob("*/traces.jsonl")).read_text().splitlines()
        traces = {one["case"]: one["text"] for one in map(json.loads, kept)}
        assert len(traces) == 4
        assert all(answer.strip() for answer in traces.values()), traces
        said.append(traces)
    assert said[0] == said[1]


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """Without the server or the weights the extra that brings them is named."""
    if find_spec(local.WEIGHTS) and find_spec(local.SERVER):
        pytest.skip("the small model is installed")
    found = run(tmp_path, "--model")
    assert found.exit_code == Exit.ERROR
    assert "secondline[slm]" in found.output


def test_a_server_that_ends_is_told(tmp_path: Path) -> None:
    """The end of what it wrote is in the message, and nothing waits for it."""
    words = [sys.executable, "-c", "print('no such model'); raise SystemExit(3)"]
    with (
        pytest.raises(ModelError, match=r"ended with 3.*no such model"),
        local.served(words, local.free_port(), tmp_path / "log"),
    ):
        pytest.fail("it was taken for alive")


def test_a_server_that_never_answers_is_told(tmp_path: Path) -> None:
    """After the time that it is given, it is ended and told."""
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        pytest.raises(ModelError, match="did not answer in"),
        local.served(words, local.free_port(), tmp_path / "log", seconds=0.5),
    ):
        pytest.fail("it was taken for alive")
