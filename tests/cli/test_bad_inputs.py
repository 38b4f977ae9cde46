"""Whatever goes in, a user gets a plain message or an answer, never a traceback, and nothing is half-written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import errors_page
from cli.bad_inputs import CASES
from cli.spoiling import FINE, Case
from secondline.cli.app import app
from secondline.workflow import validate as running

WIDTH = {"COLUMNS": "500", "TERM": "dumb"}


def run(*args: str, **environment: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and all it printed, spaces made single."""
    found = CliRunner().invoke(app, list(args), env=WIDTH | environment)
    return found.exit_code, " ".join(found.output.split())


def validate(case: Case, folder: Path) -> tuple[int, str]:
    """Validate the case's study."""
    case.write(folder)
    args = case.args or ("model.yaml",)
    return run("validate", *args, *(() if "--report" in args else ("--report", "none")))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code and the message are as the table says; no traceback is shown."""
    monkeypatch.chdir(tmp_path)
    code, output = validate(case, tmp_path)
    assert code in case.codes, output
    assert case.says in output
    assert "Traceback" not in output
    assert "defect of secondline" not in output
    unfinished = tmp_path / "runs" / "unfinished"
    assert not list(tmp_path.rglob("*.partial"))
    assert code not in FINE or not list(unfinished.glob("*"))


def test_there_are_enough_cases() -> None:
    """At least forty that are refused, each with a message of its own to check."""
    assert sum(not case.codes & FINE for case in CASES) >= 40
    assert all(case.says for case in CASES if not case.codes & FINE)


def test_the_page_of_errors_is_in_step() -> None:
    """The documentation shows each refused input with the message asserted here."""
    assert errors_page.PATH.read_text(encoding="utf-8") == errors_page.page()


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file and the reason, and leaves no run behind."""
    monkeypatch.chdir(tmp_path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "ledger.sqlite")

    monkeypatch.setattr("secondline.ledger.objects.Objects.put", full)
    code, output = validate(Case("full", ""), tmp_path)
    assert code == 2
    assert "No space left on device" in output
    assert run("runs")[1] == "No runs are recorded here yet."


def test_a_killed_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    """After SIGKILL the ledger verifies, holds no run, and the same command finishes the work."""
    Case("killed", "").write(tmp_path)
    command = [sys.executable, "-m", "secondline", "validate", "model.yaml", "--report", "none"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb"}
    child = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 120
    while not list((tmp_path / "runs" / "unfinished").glob("*/*")) and child.poll() is None:
        assert time.monotonic() < until, "the run did not begin"
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    store = str(tmp_path / "runs")
    assert run("verify", "--store", store)[0] == 0
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert finished.returncode in FINE
    code, listed = run("runs", "--store", store, "--json")
    assert code == 0
    assert len(json.loads(listed)) >= 1


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is one line without ``--debug`` and the whole story with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECONDLINE_DEBUG", "")
    Case("defect", "").write(tmp_path)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(running, "run_plan", broken)
    code, output = run("validate", "model.yaml")
    assert code == 2
    assert "Unexpected ZeroDivisionError" in output
    assert "secondline --debug" in output
    found = CliRunner().invoke(app, ["--debug", "validate", "model.yaml"])
    assert isinstance(found.exception, ZeroDivisionError)
