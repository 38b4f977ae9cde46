"""Processes: started in order, started again when they die, given up with their last words, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from secondline.operate import processes
from secondline.operate.processes import ProcessError, Program, Together


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def script(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let every program run *body* instead of secondline."""
    real = subprocess.Popen

    def started(command: list[str], **options: object) -> object:
        return real([sys.executable, "-c", body, *command[3:]], **options)  # type: ignore[call-overload]

    monkeypatch.setattr("subprocess.Popen", started)


WAIT = "import pathlib, os, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"


def wait_for(path: Path, other_than: str = "") -> str:
    """Return the text of a file once there is one (other than a known one)."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text() not in {"", other_than}:
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} did not change")


def test_what_dies_is_started_again_and_all_end_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed program gets a new process; stopping ends every one of them."""
    script(monkeypatch, WAIT)
    one, two = tmp_path / "one", tmp_path / "two"
    said: list[str] = []
    programs = [Program("one", (str(one),), one.exists), Program("two", (str(two),), two.exists)]
    together = Together(programs, tmp_path / "logs", said.append)
    together.start()
    watcher = threading.Thread(target=together.watch)
    watcher.start()
    first, other = wait_for(one), wait_for(two)
    os.kill(int(first), signal.SIGKILL)
    second = wait_for(one, first)
    together.stopping = True
    watcher.join(30)
    assert said == ["one is up", "two is up", "one ended (exit -9) and is started again"]
    assert not any(alive(int(pid)) for pid in (second, other))


def test_what_keeps_dying_ends_the_whole_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five deaths within a minute are no accident; the error quotes the log."""
    script(monkeypatch, "print('the disk is full'); raise SystemExit(3)")
    monkeypatch.setattr(processes, "PAUSE", 0.01)
    together = Together([Program("one", ())], tmp_path / "logs", lambda _: None)
    together.start()
    with pytest.raises(ProcessError, match="ended 5 times") as error:
        together.watch()
    assert "the disk is full" in str(error.value)


def test_what_never_starts_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ends before it is ready fails the start, and the ones before it are ended."""
    script(monkeypatch, WAIT)
    one = tmp_path / "one"
    programs = [Program("one", (str(one),), one.exists), Program("two", (), lambda: False)]
    together = Together(programs, tmp_path / "logs", lambda _: None)
    with pytest.raises(ProcessError, match="two ended as it started"):
        together.start()
    assert not alive(int(one.read_text()))


def test_what_is_not_ready_in_time_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that runs and never gets ready fails the start."""
    script(monkeypatch, WAIT)
    together = Together([Program("one", (str(tmp_path / "one"),), lambda: False)], tmp_path / "logs", lambda _: None)
    with pytest.raises(ProcessError, match="one was not ready in time"):
        together.start(0.3)


def test_another_program_in_its_place_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something answers before a program was begun, nothing is begun, and what was begun before it is ended."""
    script(monkeypatch, WAIT)
    one = tmp_path / "one"
    programs = [Program("one", (str(one),), one.exists), Program("two", (str(tmp_path / "two"),), lambda: True)]
    together = Together(programs, tmp_path / "logs", lambda _: None)
    with pytest.raises(ProcessError, match="Another program answers already where two will"):
        together.start()
    assert not alive(int(one.read_text()))
    assert not (tmp_path / "two").exists()
