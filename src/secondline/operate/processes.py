"""Processes: several programs run as one; what dies is started again, what keeps dying ends the whole, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from secondline.core.errors import SecondlineError

MOST_DEATHS, WITHIN = 5, 60.0
"""A program that dies so often within so many seconds is not started again."""
GRACE = 15.0
PAUSE = 0.2
LAST_LINES = 12


class ProcessError(SecondlineError):
    """A program does not stay up, or does not become ready in time."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: a name, the words after ``secondline``, and whether it answers (None: it answers nobody)."""

    name: str
    words: tuple[str, ...]
    ready: Callable[[], bool] | None = None


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)


class Together:
    """Programs that run together. Each writes to a file of its own under *logs*; *tell* hears of starts and deaths."""

    def __init__(
        self, programs: Iterable[Program], logs: Path, tell: Callable[[str], None], *, folder: Path | None = None
    ) -> None:
        """Run nothing yet; the programs start in *folder*."""
        self.logs, self.tell, self.folder = logs, tell, folder or Path.cwd()
        self._programs = list(programs)
        self._running: list[_Running] = []
        self.stopping = False

    def start(self, seconds: float = 60.0) -> None:
        """Start each in turn and wait until it is ready.

        Raises:
            ProcessError: one ended or was not ready in time, or another program answers in its place; the others are
                stopped.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            for program in self._programs:
                self._must_be_free(program)
                running = _Running(program, self._begun(program))
                self._running.append(running)
                self._until_ready(running, time.monotonic() + seconds)
                self.tell(f"{program.name} is up")
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Start again what dies, until stopped.

        Raises:
            ProcessError: one died too often; the others are stopped.
        """
        try:
            while not self.stopping:
                for running in self._running:
                    if running.process.poll() is not None and not self.stopping:
                        self._again(running)
                time.sleep(PAUSE)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask every program to end, the last started first, and end those that do not."""
        self.stopping = True
        for running in reversed(self._running):
            if running.process.poll() is None:
                running.process.terminate()
        deadline = time.monotonic() + GRACE
        for running in reversed(self._running):
            try:
                running.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                running.process.kill()
                running.process.wait()

    def _begun(self, program: Program) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "secondline", *program.words]
        with self._log(program) as log:
            # A session of its own, so that Ctrl+C reaches us alone and we end them in order.
            return subprocess.Popen(  # noqa: S603 - our own commands
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder,
                start_new_session=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip

    def _log(self, program: Program) -> IO[bytes]:
        return (self.logs / f"{program.name}.log").open("ab")

    def _must_be_free(self, program: Program) -> None:
        if program.ready is not None and program.ready():
            raise ProcessError(
                f"Another program answers already where {program.name} will. It may be of an earlier run: end it, or "
                "name another port."
            )

    def _until_ready(self, running: _Running, deadline: float) -> None:
        while running.program.ready is not None and not running.program.ready():
            if running.process.poll() is not None:
                raise ProcessError(f"{running.program.name} ended as it started.{self._tail(running.program)}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{running.program.name} was not ready in time.{self._tail(running.program)}")
            time.sleep(PAUSE / 2)

    def _again(self, running: _Running) -> None:
        now = time.monotonic()
        running.deaths = [at for at in running.deaths if now - at < WITHIN] + [now]
        code = running.process.returncode
        if len(running.deaths) >= MOST_DEATHS:
            raise ProcessError(
                f"{running.program.name} ended {MOST_DEATHS} times within {WITHIN:.0f} seconds, so all were stopped."
                f"{self._tail(running.program)}"
            )
        self.tell(f"{running.program.name} ended (exit {code}) and is started again")
        running.process = self._begun(running.program)

    def _tail(self, program: Program) -> str:
        path = self.logs / f"{program.name}.log"
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        except OSError:
            lines = []
        return f" Its last words, in {str(path)!r}:\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def until_told(together: Together) -> Iterator[None]:
    """End the programs when this process is asked to end (Ctrl+C, SIGTERM) or the body does."""

    def end(_signal: int, _frame: object) -> None:
        together.stopping = True

    before = {sign: signal.signal(sign, end) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        together.stop()
        for sign, handler in before.items():
            signal.signal(sign, handler)
