"""What tests of asking share: a declared system, cases, a clock that sleeping moves, a wire that is told, a server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondline.core.declared.genai import GenAI, Limits
from secondline.evals.cache import Journal
from secondline.evals.line import Line
from secondline.evals.nouns import Case, Message
from secondline.evals.stub import Stub
from secondline.evals.wire import Reply, Unreadable, Used


def declared(target: dict[str, Any], **more: Any) -> GenAI:
    """Return a use of generative AI whose target is *target*; *more* replaces its other parts."""
    return GenAI.model_validate(
        {
            "autonomy": "draft", "components": [{"kind": "model", "name": "small", "version": "1"}], "target": target,
            "suites": {"s": {"cases": "cases.jsonl"}}, "criteria": {"c": {"scorer": "contains"}},
        }
        | more
    )  # fmt: skip


def case(number: int = 0, question: str = "", **more: Any) -> Case:
    """Return a case of one question."""
    said = question or f"What is the fee of account {number}?"
    return Case(id=f"c{number}", turns=(Message(role="user", content=said),), **more)


def cases(n: int, **more: Any) -> list[Case]:
    """Return n cases."""
    return [case(i, **more) for i in range(n)]


class Time:
    """A clock that stands still until somebody sleeps by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Told:
    """A wire that gives the replies it is told, in order, and the last one ever after."""

    endpoint = "told"

    def __init__(self, *replies: Reply | Exception, time: Time | None = None, takes: float = 0.0) -> None:
        self.replies, self.sent = list(replies), list[tuple[bytes, str]]()
        self.time, self.takes = time, takes

    async def send(self, body: bytes, key: str) -> Reply:
        self.sent.append((body, key))
        if self.time is not None:
            self.time.now += self.takes
        await asyncio.sleep(0)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    def used(self, reply: Reply) -> Used:
        if reply.body == b"broken":
            raise Unreadable("the answer is not JSON")
        return Used(1000, 100)

    def answers(self, reply: Reply) -> bool:
        return reply.status == 400


def line(wire: Told, path: Path, time: Time, **limits: Any) -> Line:
    """Return a line to *wire* by the clock of *time*, with the journal at *path*."""
    return Line(wire, Journal(path), Limits.model_validate(limits), seed=1, clock=time, sleep=time.sleep)


OK = Reply(200, b'{"text": "fine"}')


def limited(**headers: str) -> Reply:
    """Return a reply that turns a call away."""
    return Reply(429, b"{}", {name.replace("_", "-"): value for name, value in headers.items()})


def gathered(work: Sequence[Any]) -> list[Any]:
    """Return the results of coroutines that run together; what they raise is a result."""

    async def all_of_it() -> list[Any]:
        return list(await asyncio.gather(*work, return_exceptions=True))

    return asyncio.run(all_of_it())


class Server:
    """A stub in a thread of its own, for runs that bring their own event loop."""

    def __init__(self, stub: Stub) -> None:
        self.stub, self._ready = stub, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with self.stub:
            self._ready.set()
            await self._end.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(20)
