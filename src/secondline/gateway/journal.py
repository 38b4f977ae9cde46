"""Journal: decisions and other events are durable in the log before anything is told about them.

One thread writes. It takes all that has gathered since its last writing as one group, so that many requests share one
wait for the disk: the more there is to do, the larger the groups. When the log cannot be written, ``fail-closed`` turns
the requests away with 503, and ``spool`` keeps their events in a local file and delivers them, in order, once the log
is back; nothing is ever told that is not on a disk.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from secondline.events.shapes import Decision, Event, Snapshot
from secondline.gateway.answers import Answer, Answers
from secondline.gateway.asked import Turned

DECISIONS, LABELS, SNAPSHOTS = "secondline.decisions", "secondline.labels", "secondline.snapshots"
TOPICS = (DECISIONS, LABELS, SNAPSHOTS)
Policy = Literal["fail-closed", "spool"]
LARGEST_GROUP, AT_ONCE = 4096, 1000
RETRY, CLEAN = 1.0, 600.0
log = logging.getLogger("secondline.gateway")


def topic_of(event: Event) -> str:
    """Return the topic that an event belongs to."""
    return DECISIONS if isinstance(event, Decision) else SNAPSHOTS if isinstance(event, Snapshot) else LABELS


class Writer(Protocol):
    """A topic of the events log, as the journal needs it."""

    def append(self, events: Sequence[Event]) -> None:
        """Return when the events are durable; raise when they are not."""
        ...


@dataclass(slots=True, eq=False)
class _Work:
    events: Sequence[Event]
    answers: Sequence[Answer]
    future: asyncio.Future[None]


class LogJournal:
    """The journal of one gateway process. It belongs to the event loop in which `put` is first called."""

    def __init__(
        self, writers: Mapping[str, Writer], answers: Answers, *, policy: Policy = "fail-closed", most: int = 100_000
    ) -> None:
        self.answers = answers
        self._writers, self._policy, self._most = writers, policy, most
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._queued = 0
        self._unsure: set[bytes] = set()
        self._failing = ""
        self._behind = answers.waiting() > 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cleaned = time.monotonic()
        self.told: Callable[[int, float], None] = lambda _events, _seconds: None
        """Called after each group with its size and its time, for counting, on the writing thread."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    async def keep(self, decisions: list[Decision]) -> None:
        """Return when the decisions are durable."""
        await self.put(decisions)

    def put(self, decisions: Sequence[Event], answers: Sequence[Answer] = ()) -> asyncio.Future[None]:
        """Return a future that is done when the events are durable; it raises Turned 503 when they cannot be.

        Raises:
            Turned: 429, too many events wait already.
        """
        loop = self._loop = asyncio.get_running_loop()
        if self._queued and self._queued + len(decisions) > self._most:
            raise Turned(429, "overload", "Too many events wait to be kept. Ask again in a moment.", retry=1)
        work = _Work(decisions, answers, loop.create_future())
        self._queued += len(decisions)
        self._unsure.update(answer.key for answer in answers)
        self._queue.put(work)
        return work.future

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Answer]:
        """Return the answers kept for these keys.

        Raises:
            Turned: 503, one of them is being written at this moment.
        """
        if not self._unsure.isdisjoint(keys):
            raise Turned(503, "under-way", "The same key is being kept at this moment. Ask again.", retry=1)
        return self.answers.find(keys)

    def ready(self) -> bool:
        """Whether the last writing went well."""
        return not self._failing

    def waiting(self) -> int:
        """Return how many events wait in the spool for the log; for counting."""
        return self._spooled if self._behind else 0

    _spooled = 0

    def close(self) -> None:
        """Write what is queued, then stop. Events that the log did not take stay in the spool."""
        self._queue.put(None)
        self._thread.join()
        self.answers.close()

    def _run(self) -> None:
        while True:
            group = self._gather()
            if group:
                self._write(group)
            if group is None:
                return
            if time.monotonic() - self._cleaned > CLEAN:
                self._cleaned = time.monotonic()
                self._try(self.answers.settle)

    def _gather(self) -> list[_Work] | None:
        """Return the next group, an empty one after a second in which the log should be tried, or None at the end."""
        try:
            first = self._queue.get(timeout=RETRY if self._behind or self._failing else CLEAN)
        except queue.Empty:
            if self._behind or self._failing:
                self._try(self._catch_up)
            return []
        group: list[_Work] = []
        events = 0
        while first is not None:
            group.append(first)
            events += len(first.events)
            if events >= LARGEST_GROUP:
                return group
            try:
                first = self._queue.get_nowait()
            except queue.Empty:
                return group
        if group:
            self._queue.put(None)
            return group
        if self._behind:
            self._try(self._catch_up)
        return None

    def _write(self, group: list[_Work]) -> None:
        begun = time.perf_counter()
        error: Turned | None = None
        try:
            self._keep(group)
            self._failing = ""
        except Exception as problem:  # noqa: BLE001 - whatever keeps events from being durable, none is told
            self._failed(problem)
            error = Turned(
                503, "log-unavailable", "The decision could not be kept, so it is not given. Ask again.", retry=1
            )
        self.told(sum(len(work.events) for work in group), time.perf_counter() - begun)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, group, error)

    def _keep(self, group: list[_Work]) -> None:
        """Write a group: keyed work to the outbox first, then everything to the log, or to the spool."""
        keyed = [work for work in group if work.answers]
        answers = [answer for work in keyed for answer in work.answers]
        numbers = self.answers.keep(answers, ((topic_of(e), e) for w in keyed for e in w.events)) if keyed else []
        try:
            if self._behind:
                self._catch_up(set(numbers))
            self._append((topic_of(event), event) for work in group for event in work.events)
        except Exception as problem:
            if self._policy == "fail-closed":
                if keyed:
                    self.answers.forget(answers, numbers)
                raise
            self._failed(problem)
            self.answers.spool((topic_of(event), event) for work in group if not work.answers for event in work.events)
            self._behind = True
            self._spooled = self.answers.waiting()
        else:
            self.answers.delivered(numbers)

    def _append(self, events: Iterable[tuple[str, Event]]) -> None:
        by_topic: dict[str, list[Event]] = {}
        for topic, event in events:
            by_topic.setdefault(topic, []).append(event)
        for topic, some in by_topic.items():
            self._writers[topic].append(some)

    def _catch_up(self, but: Collection[int] = ()) -> None:
        """Deliver what the outbox holds, oldest first, except what the present group delivers itself."""
        while held := [one for one in self.answers.held(AT_ONCE + len(but)) if one.n not in but]:
            self._append((one.topic, one.event) for one in held)
            self.answers.delivered(one.n for one in held)
        if not but:
            self._writers[DECISIONS].append([])
        self._behind, self._spooled, self._failing = False, 0, ""

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as problem:  # noqa: BLE001 - it is tried again in a second
            self._failed(problem)

    def _failed(self, problem: Exception) -> None:
        what = type(problem).__name__
        if what != self._failing:
            log.error("the log cannot be written", extra={"problem": what, "policy": self._policy})
        self._failing = what

    def _settle(self, group: list[_Work], error: Turned | None) -> None:
        for work in group:
            self._queued -= len(work.events)
            self._unsure.difference_update(answer.key for answer in work.answers)
            if work.future.done():
                continue
            if error is None:
                work.future.set_result(None)
            else:
                work.future.set_exception(error)
