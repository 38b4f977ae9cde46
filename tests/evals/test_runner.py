"""The runner: every case gets a trace, limits end it where it can be resumed, no socket opens but the target's."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from evals.asking import case, cases, declared
from secondline.core.errors import ModelError, SpecError
from secondline.evals.dryrun import dry_run
from secondline.evals.line import Stopped
from secondline.evals.nouns import Case, Trace
from secondline.evals.runner import Progress, Ran, ask, finished, run
from secondline.evals.schedule import Turn
from secondline.evals.stub import Faults, Stub, echo


def openai(stub: Stub, **limits: Any) -> Any:
    return declared({"kind": "openai", "url": stub.url, "model": "m", "limits": {"retries": 12, **limits}})


def asked(genai: Any, folder: Path, n: int = 40, **more: Any) -> Ran:
    return ask(genai, {"s": cases(n)}, folder, folder / "kept.sqlite", **more)


def test_every_case_gets_a_trace_and_a_second_run_the_same(served: Any, tmp_path: Path) -> None:
    """Through turned away, broken and dropped calls all are answered; again, nothing is asked and all is the same."""
    stub = served(Stub(echo, Faults(limited=0.1, malformed=0.05, dropped=0.05)))
    first = asked(openai(stub, concurrency=16), tmp_path, 120)
    assert (first.state, len(first.traces), len(first.left)) == ("done", 120, 0)
    assert {t.status for t in first.traces} == {"ok"}
    assert all(case_of(t) in t.text for t in first.traces)
    seen = sum(stub.seen.values())
    assert first.tally.asked == seen
    assert set(stub.paid.values()) == {1}
    assert [(turn.case.name, turn.replicate) for turn in first.turns] == [(t.case, t.replicate) for t in first.traces]
    second = asked(openai(stub, concurrency=3), tmp_path, 120)
    assert sum(stub.seen.values()) == seen
    assert second.traces == first.traces
    assert [t.id for t in second.traces] == [t.id for t in first.traces]


def case_of(trace: Trace) -> str:
    return f"account {trace.case[1:]}?"


def test_no_more_calls_at_once_than_declared(served: Any, tmp_path: Path) -> None:
    """The endpoint never sees more calls at the same time than `concurrency` allows."""
    now = most = 0
    lock = threading.Lock()

    class Counting(Stub):
        async def _reply(self, path: str, headers: dict[str, str], body: bytes) -> Any:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            try:
                return await super()._reply(path, headers, body)
            finally:
                now -= 1

    stub = served(Counting(echo, Faults(seconds=0.005)))
    asked(openai(stub, concurrency=5), tmp_path, 60)
    assert 2 <= most <= 5


def test_a_budget_ends_it_where_it_can_be_resumed(served: Any, tmp_path: Path) -> None:
    """The traces that are paid are there, the turns left are told, and a raised budget asks only those."""
    stub = served(Stub(echo))
    prices = {"price-in": 1000.0, "price-out": 10_000.0}
    genai = openai(stub, budget=8.0, concurrency=4, **prices)
    first = asked(genai, tmp_path)
    assert first.state == "budget"
    assert "of the budget of 8 is spent" in first.because
    assert 0 < len(first.traces) < 40
    assert len(first.traces) + len(first.left) == 40
    assert first.tally.spent <= 8.0
    second = asked(openai(stub, budget=600.0, concurrency=4, **prices), tmp_path)
    assert second.state == "done"
    assert second.tally.kept == len(first.traces)
    assert set(stub.paid.values()) == {1}
    assert len(stub.paid) == 40


def test_progress_is_told_after_each_case(served: Any, tmp_path: Path) -> None:
    """Whoever watches hears of every case once, and of the calls so far."""
    heard: list[Progress] = []
    asked(openai(served(Stub(echo))), tmp_path, 10, tell=heard.append)
    assert [p.done for p in heard] == list(range(1, 11))
    assert {p.of for p in heard} == {10}
    assert heard[-1].tally.answered == 10


def test_a_refusing_endpoint_is_one_error(served: Any, tmp_path: Path) -> None:
    """A wrong address is not a run of failed cases."""
    stub = served(Stub(echo))
    genai = declared({"kind": "openai", "url": stub.url + "/nothing"})
    with pytest.raises(ModelError, match="no such address"):
        asked(genai, tmp_path)


def test_a_notebook_can_ask(served: Any, tmp_path: Path) -> None:
    """It works where an event loop is running already."""
    stub = served(Stub(echo))

    async def cell() -> Ran:
        return asked(openai(stub), tmp_path, 3)

    assert asyncio.run(cell()).state == "done"


def test_what_is_raised_waits_for_calls_on_their_way() -> None:
    """An error of one case ends the run after the others that were begun, and no new one is begun."""
    begun: list[str] = []
    over: list[str] = []

    class Target:
        async def respond(self, of: Case, _: int) -> Trace:
            begun.append(of.name)
            await asyncio.sleep(0 if of.name == "c0" else 0.02)
            if of.name == "c0":
                raise ModelError("no")
            over.append(of.name)
            return Trace(case=of.name)

    with pytest.raises(ModelError):
        finished(run(Target(), [Turn(case(i), 0) for i in range(20)], concurrency=4))
    assert over == begun[1:] == ["c1", "c2", "c3"]


def test_a_stop_keeps_what_is_there() -> None:
    """A stop in the middle leaves whole traces and the turns that have none."""

    class Target:
        async def respond(self, of: Case, _: int) -> Trace:
            if of.name == "c5":
                raise Stopped("deadline", "over")
            return Trace(case=of.name)

    ran = finished(run(Target(), [Turn(case(i), 0) for i in range(9)], concurrency=1))
    assert (ran.state, len(ran.traces), [t.case.name for t in ran.left]) == ("deadline", 5, ["c5", "c6", "c7", "c8"])
    assert finished(run(Target(), [])).state == "done"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection and every name that is looked up."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("connect", "connect_ex", "sendto", "bind", "listen"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_sockets")
def test_with_sockets_blocked_all_but_live_targets_work(tmp_path: Path) -> None:
    """Transcripts, scripted answers, functions, dry runs and kept answers need no network at all."""
    rows = "\n".join(f'{{"id": "c{i}", "question": "q{i}", "answer": "a{i}"}}' for i in range(3))
    (tmp_path / "talks.jsonl").write_text(rows)
    (tmp_path / "code.py").write_text("def answer(request):\n    return 'said'\n")
    replay = asked(declared({"kind": "replay", "file": "talks.jsonl"}), tmp_path, 3)
    assert {t.text for t in replay.traces} == {"a0", "a1", "a2"}
    function = asked(declared({"kind": "callable", "function": "code.py:answer"}), tmp_path, 3, allow_code=True)
    assert {t.text for t in function.traces} == {"said"}
    live = declared({"kind": "openai", "url": "http://192.0.2.1/v1", "limits": {"retries": 0}})
    scripted = asked(live, tmp_path, 3, scripted=lambda _, seed: f"by {seed % 1}")
    assert {t.text for t in scripted.traces} == {"by 0"}
    assert dry_run(live, {"s": cases(3)}, tmp_path).calls == 3


def test_kept_answers_of_a_live_target_need_no_network(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked once can be read again with the endpoint gone."""
    genai = openai(served(Stub(echo)))
    first = asked(genai, tmp_path, 5)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", lambda *_, **__: pytest.fail("a socket was opened"))
    assert asked(genai, tmp_path, 5).traces == first.traces


def test_the_only_connections_are_the_targets(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run connects to the address of its target and to no other; proxies of the environment are not asked."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.9:8080")
    stub = served(Stub(echo))
    there: set[tuple[str, int]] = set()
    real = asyncio.BaseEventLoop.create_connection

    async def watched(self: Any, factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        there.add((host, port))
        return await real(self, factory, host, port, **more)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", watched)
    asked(openai(stub), tmp_path, 5)
    assert there == {("127.0.0.1", stub.port)}


def test_cases_of_an_unknown_suite_are_refused(tmp_path: Path) -> None:
    """A suite that is not declared has no criteria, so that its answers could not be graded."""
    with pytest.raises(SpecError, match="'other' is not declared"):
        ask(declared({"kind": "replay", "file": "x.csv"}), {"other": cases(1)}, tmp_path, tmp_path / "k.sqlite")
