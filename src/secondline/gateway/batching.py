"""Batching: all requests of one turn of the event loop go to the desk together, without waiting for more.

While the desk is quick it is called on the loop's own thread, which saves two switches a request. Once turns
often take longer than ``SLOW`` it moves to one thread of its own for good, so that health and time-outs are not held
up; requests that arrive meanwhile make the next turn.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from secondline.events.shapes import Decision
from secondline.gateway.answers import Answer, Entry
from secondline.gateway.asked import Asked, Desk, Onlookers, Turned
from secondline.gateway.journal import Later, entries_of
from secondline.gateway.limits import Limit

SLOW, MOST_SLOW_TURNS, FORGIVEN = 0.02, 3, 0.1
MOST_CASES = 4096
Answers = Callable[[list[Decision]], Sequence[Answer]]
Verdicts = list[list[Decision] | Turned]


class Keeps(Protocol):
    """What keeps decisions: the future is done when they are durable."""

    def put(
        self, entries: Sequence[Entry], answers: Sequence[Answer] = (), later: Later | None = None
    ) -> asyncio.Future[None]:
        """Begin to keep entries of the log, and the answers that repetitions get; ``later`` says what they become."""
        ...


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way."""

    asked: Asked
    answers: Answers | None
    future: asyncio.Future[list[Decision]]
    until: float
    """When its time is up, by the loop's clock."""
    settled: asyncio.Future[None] | None
    """Done when nothing of this request is under way any more, which may be after its time was up."""

    def settle(self) -> None:
        """Note that nothing of it is under way any more."""
        if self.settled is not None and not self.settled.done():
            self.settled.set_result(None)


class Batcher:
    """The way from requests to kept decisions."""

    def __init__(self, desk: Desk, journal: Keeps, limit: Limit, *, deadline: float, threaded: bool = False) -> None:
        self._desk, self._journal, self._limit, self._deadline = desk, journal, limit, deadline
        self._onlookers = desk if isinstance(desk, Onlookers) else None
        self._waiting: deque[Job] = deque()
        self._open: deque[Job] = deque()
        """All that may still be unanswered, the oldest first; one timer watches the first of them."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._busy = False
        self._slow = float(MOST_SLOW_TURNS if threaded else 0)
        self._thread: ThreadPoolExecutor | None = None
        self.told: Callable[[int, float], None] = lambda _cases, _seconds: None
        """Called after each turn with its number of cases and its time at the desk, for counting."""

    def submit(
        self, asked: Asked, answers: Answers | None = None, settled: asyncio.Future[None] | None = None
    ) -> asyncio.Future[list[Decision]]:
        """Return a future of the decisions; it is done once they are kept.

        Raises:
            Turned: 429, there is too much to do already. The future raises Turned 504 when the time is up, and
                whatever the desk or the journal turned the request away with.
        """
        loop = asyncio.get_running_loop()
        self._limit.enter(asked.rows)
        future: asyncio.Future[list[Decision]] = loop.create_future()
        job = Job(asked, answers, future, loop.time() + self._deadline, settled)
        self._waiting.append(job)
        self._open.append(job)
        if self._timer is None:
            self._timer = loop.call_at(job.until, self._out_of_time)
        if not self._due and not self._busy:
            self._due = True
            loop.call_soon(self._turn)
        return future

    def _keep(self, entries: list[Entry], answers: list[Answer], kept: Kept, later: Later | None = None) -> None:
        try:
            self._journal.put(entries, answers, later).add_done_callback(lambda done: self._tell(done, kept))
        except Turned as error:
            self._close(kept, error)

    def close(self) -> None:
        """End the thread, if there is one."""
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)

    def _out_of_time(self) -> None:
        """Turn away those whose time is up, and set the timer for the next."""
        loop = asyncio.get_running_loop()
        while self._open and (self._open[0].until <= loop.time() or self._open[0].future.done()):
            _too_late(self._open.popleft().future)
        self._timer = loop.call_at(self._open[0].until, self._out_of_time) if self._open else None

    def _left(self, job: Job) -> None:
        """Note that nothing of a job is under way any more, whether or not its client still waited."""
        self._limit.leave(job.asked.rows, (time.perf_counter_ns() - job.asked.received) / 1e9)
        job.settle()
        while self._open and self._open[0].future.done():
            self._open.popleft()

    def _turn(self) -> None:
        self._due = False
        jobs: list[Job] = []
        cases = 0
        while self._waiting and cases < MOST_CASES:
            job = self._waiting.popleft()
            if job.future.done():  # its time is up, or its client left
                self._left(job)
            else:
                jobs.append(job)
                cases += job.asked.rows
        if not jobs:
            return
        if self._slow < MOST_SLOW_TURNS:
            begun = time.perf_counter()
            self._decided(jobs, self._ask(jobs), time.perf_counter() - begun)
        else:
            self._busy = True
            asyncio.get_running_loop().create_task(self._in_thread(jobs))

    async def _in_thread(self, jobs: list[Job]) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="desk")
        begun = time.perf_counter()
        verdicts = await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, jobs)
        self._busy = False
        self._decided(jobs, verdicts, time.perf_counter() - begun)

    def _ask(self, jobs: list[Job]) -> Verdicts:
        try:
            verdicts = self._desk.decide([job.asked for job in jobs])
        except Exception as error:  # noqa: BLE001 - a desk that breaks its word must not leave clients waiting
            return [_broken(error)] * len(jobs)
        return verdicts if len(verdicts) == len(jobs) else [_broken(None)] * len(jobs)

    def _decided(self, jobs: list[Job], verdicts: Verdicts, seconds: float) -> None:
        if self._slow < MOST_SLOW_TURNS:
            self._slow = self._slow + 1.0 if seconds > SLOW else max(0.0, self._slow - FORGIVEN)
        plain = _Group([], [], [])
        watched = _Group([], [], [])
        for job, verdict in zip(jobs, verdicts, strict=True):
            try:
                if isinstance(verdict, Turned):
                    raise verdict
                entries = entries_of(verdict)
            except Turned as turned:
                self._close([(job, [])], turned)
                continue
            looked_at = self._onlookers is not None and self._onlookers.watched(job.asked.model)
            group = watched if looked_at else plain
            group.entries.extend(entries)
            group.kept.append((job, verdict))
            if job.answers is not None:
                group.answers.extend(job.answers(verdict))
        if plain.kept:
            self._keep(*plain)
        if watched.kept:
            self._keep(*watched, self._later(watched.kept))
        self.told(sum(job.asked.rows for job in jobs), seconds)
        if self._waiting and not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _later(self, kept: Kept) -> Later:
        """Return what lets challengers look at decisions, and gives them with what they said."""
        pairs = [(job.asked, decisions) for job, decisions in kept]

        def later() -> list[Entry]:
            assert self._onlookers is not None
            return entries_of(one for decisions in self._onlookers.look_on(pairs) for one in decisions)

        return later

    def _tell(self, done: asyncio.Future[None], kept: Kept) -> None:
        error = Turned(503, "stopped", "The gateway is stopping.") if done.cancelled() else done.exception()
        self._close(kept, error)

    def _close(self, kept: Kept, error: BaseException | None) -> None:
        for job, decisions in kept:
            if error is not None:
                _fail(job.future, error)
            elif not job.future.done():
                job.future.set_result(decisions)
            self._left(job)


Kept = list[tuple[Job, list[Decision]]]


class _Group(NamedTuple):
    """What is kept together."""

    entries: list[Entry]
    answers: list[Answer]
    kept: Kept


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


def _too_late(future: asyncio.Future[Any]) -> None:
    _fail(future, Turned(504, "deadline", "The decision was not made and kept in time. Ask again with the same key."))


def _broken(error: Exception | None) -> Turned:
    what = type(error).__name__ if error else "a wrong number of answers"
    return Turned(500, "desk", f"The gateway failed to decide ({what}).")
