"""Killed: a run that is killed at any moment and resumed has every answer, and pays for no call twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.asking import Server, cases, declared
from secondline.evals.cache import Journal
from secondline.evals.stub import Faults, Stub, echo

KILLS = int(os.environ.get("SECONDLINE_KILLS", "20"))
CASES_A_KILL = 40
CONCURRENCY = 16
PATIENCE = 60.0
RUNS = """
import json, os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from evals.asking import cases, declared
from secondline.evals import runner
from secondline.evals.targets import opening, posting
posting.library()
url, folder = sys.argv[1], Path(sys.argv[2])
limits = {"concurrency": 16, "retries": 20}
genai = declared({"kind": "openai", "url": url, "model": "m", "limits": limits})
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    listed = cases(int(line))
    pid = os.fork()
    if pid == 0:
        ran = runner.ask(genai, {"s": listed}, folder, folder / "kept.sqlite")
        said = {"state": ran.state, "traces": [t.model_dump(mode="json") for t in ran.traces]}
        (folder / "done.partial").write_text(json.dumps(said))
        (folder / "done.partial").rename(folder / "done.json")
        os._exit(0)
    print(pid, flush=True)
"""


class Runs:
    """Starts runs, one after the other, from a process that has everything imported, so that it takes no time."""

    def __init__(self, url: str, folder: Path, n: int) -> None:
        command = [sys.executable, "-c", RUNS, url, str(folder), str(Path(__file__).parent.parent)]
        self._errors, self._folder, self._n = (folder / "stderr").open("ab"), folder, n
        self._parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)

    def start(self) -> int:
        """Begin or resume the run and return its process."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{self._n}\n".encode())
        self._parent.stdin.flush()
        pid = int(self._parent.stdout.readline() or b"0")
        assert pid, (self._folder / "stderr").read_text()
        return pid

    def close(self) -> None:
        """End the process that starts them."""
        self._parent.communicate()
        self._errors.close()


def wait(until: Any, why: str) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline, why
        time.sleep(0.002)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Stub]:
    """Serve a stub that turns away one call in ten; the parameter says whether it forgets what it answered."""
    stub = Stub(echo, Faults(limited=0.1, seconds=0.004), seed=KILLS, forgetful=request.param)
    serving = Server(stub)
    yield stub
    serving.close()


def killed(stub: Stub, folder: Path, most: int) -> tuple[dict[str, Any], int]:
    """Run a plan, killed *most* times at random moments of its progress, until it is done; returns what it brought."""
    rng, n = random.Random(most), most * CASES_A_KILL
    runs = Runs(stub.url, folder, n)
    kills = 0
    pid = runs.start()
    for _ in range(most):
        mark = sum(stub.seen.values()) + rng.randint(1, CASES_A_KILL)
        wait(lambda mark=mark, pid=pid: sum(stub.seen.values()) >= mark or gone(pid), "the run makes no progress")
        time.sleep(rng.uniform(0.0, 0.01))
        if gone(pid):
            break
        os.kill(pid, signal.SIGKILL)
        wait(lambda pid=pid: gone(pid), "the run does not die")
        kills += 1
        pid = runs.start()
    wait(lambda: gone(pid), "the run does not end")
    runs.close()
    assert (folder / "done.json").exists(), (folder / "stderr").read_text()
    return json.loads((folder / "done.json").read_text()), kills


@pytest.mark.slow
@pytest.mark.parametrize("server", [False], indirect=True)
def test_no_call_is_paid_twice_and_no_answer_is_lost(server: Stub, tmp_path: Path) -> None:
    """Counted by an endpoint that knows repeated keys: each call is paid once, and each case has that answer."""
    said, kills = killed(server, tmp_path, KILLS)
    n = KILLS * CASES_A_KILL
    assert kills >= KILLS * 0.8
    assert (said["state"], len(said["traces"])) == ("done", n)
    assert len(server.paid) == n
    assert set(server.paid.values()) == {1}
    answers = {key: json.loads(content)["choices"][0]["message"]["content"] for key, content in server._answers.items()}
    assert sorted(t["text"] for t in said["traces"]) == sorted(answers.values())


@pytest.mark.slow
@pytest.mark.parametrize("server", [True], indirect=True)
def test_an_endpoint_that_forgets_is_paid_twice_only_for_calls_in_doubt(server: Stub, tmp_path: Path) -> None:
    """Without such keys, only calls that were on their way at a kill can be paid again, and each of them is told."""
    half = (KILLS + 1) // 2
    said, kills = killed(server, tmp_path, half)
    assert len(said["traces"]) == half * CASES_A_KILL
    journal = Journal(tmp_path / "kept.sqlite")
    (endpoint,) = {row[0] for row in journal._base.execute("SELECT DISTINCT endpoint FROM calls")}
    doubtful = journal.doubtful(endpoint)
    kept = {row[0] for row in journal._base.execute("SELECT key FROM answers")}
    journal.close()
    assert {key for key, times in server.paid.items() if times > 1} <= set(doubtful)
    assert set(server.paid) == kept
    assert len(doubtful) <= kills * CONCURRENCY


@pytest.mark.parametrize("server", [False], indirect=True)
def test_an_interrupted_run_is_resumed(server: Stub, tmp_path: Path) -> None:
    """Ctrl+C in the middle keeps what is answered; the next run asks only the rest."""
    from secondline.evals.runner import Progress, ask

    genai = declared({"kind": "openai", "url": server.url, "limits": {"retries": 20, "concurrency": 4}})

    def interrupt(progress: Progress) -> None:
        if progress.done == 10:
            signal.raise_signal(signal.SIGINT)

    # A process that was begun in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            ask(genai, {"s": cases(40)}, tmp_path, tmp_path / "kept.sqlite", tell=interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    ran = ask(genai, {"s": cases(40)}, tmp_path, tmp_path / "kept.sqlite")
    assert (ran.state, len(ran.traces)) == ("done", 40)
    assert ran.tally.kept >= 10
    assert set(server.paid.values()) == {1}
