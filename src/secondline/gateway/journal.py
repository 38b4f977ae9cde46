"""Journal: decisions and other events are durable in the log before anything is told about them.

One thread writes. It takes all that has gathered since its last writing as one group, so that many requests share one
wait for the disk: the more there is to do, the larger the groups. When the log cannot be written, ``fail-closed`` turns
the requests away with 503, and ``spool`` keeps their events in a local file and delivers them, in order, once the log
is back; nothing is ever told that is not on a disk.

A decision that challengers are still to look at waits for their scores in the outbox, on the disk, while its answer is
given; a crash meanwhile brings it to the log without them.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from secondline.events.limits import LARGEST
from secondline.events.log import TOPICS, Keyed, Log, key_of, topic_of
from secondline.events.reading import BadEvent, encode
from secondline.events.shapes import Decision, Event
from secondline.gateway.answers import DAY, Answer, Answers, Entry
from secondline.gateway.asked import Turned

Policy = Literal["fail-closed", "spool"]
LARGEST_GROUP, AT_ONCE = 4096, 1000
MOST_LATER = 64
"""Groups that may wait for challengers; what comes beyond goes to the log without their scores."""
Later = Callable[[], Sequence[Entry]]
RETRY, CLEAN = 1.0, 600.0
log = logging.getLogger("secondline.gateway")


class Writer(Protocol):
    """A topic of the events log, as the journal needs it; `events.log.Writer` is one."""

    def write(self, records: Sequence[Keyed]) -> None:
        """Return when the events are durable; raise when they are not."""
        ...


@dataclass(slots=True, eq=False)
class _Work:
    entries: Sequence[Entry]
    answers: Sequence[Answer]
    future: asyncio.Future[None] | None = None
    later: Later | None = None
    safe: bool = False
    """Durable already, whatever becomes of the group."""
    numbers: Sequence[int] = ()
    """Where these events wait in the outbox, once they are what they were to become."""


def entries_of(events: Iterable[Event]) -> list[Entry]:
    """Return events as the log takes them.

    Raises:
        Turned: 422, one of them cannot be put on record; 413, it is too large for that.
    """
    try:
        found = [Entry(topic_of(event), key_of(event), encode(event)) for event in events]
    except BadEvent as error:
        raise Turned(422, "not-recordable", f"This cannot be put on record: {error}") from error
    if any(len(entry.payload) > LARGEST for entry in found):
        raise Turned(413, "too-large", f"An event on record has at most {LARGEST} bytes.")
    return found


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
        self._back: set[int] = set()
        """Numbers in the outbox of what waits for challengers."""
        self._looking = 0
        self._onlookers: ThreadPoolExecutor | None = None
        self.after: list[Callable[[], None]] = []
        """Called at the end, when nothing is written any more."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cleaned = time.monotonic()
        self.told: Callable[[int, float], None] = lambda _events, _seconds: None
        """Called after each group with its size and its time, for counting, on the writing thread."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def at(cls, url: str, folder: Path, *, policy: Policy = "fail-closed", kept_for: int = DAY) -> LogJournal:
        """Return a journal that writes to the log at *url*, with answers and spool in *folder*.

        Raises:
            SpecError: the address is no log's.
            LedgerError: the log or the folder cannot be opened.
        """
        log_ = Log.open(url)
        writers = {topic: log_.writer(topic) for topic in TOPICS}
        journal = cls(writers, Answers(folder, kept_for=kept_for), policy=policy)
        journal.after += [*(writer.close for writer in writers.values()), log_.close]
        return journal

    async def keep(self, decisions: list[Decision]) -> None:
        """Return when the decisions are durable."""
        await self.put(entries_of(decisions))

    def put(
        self, entries: Sequence[Entry], answers: Sequence[Answer] = (), later: Later | None = None
    ) -> asyncio.Future[None]:
        """Return a future that is done when the entries are durable; it raises Turned 503 when they cannot be.

        ``later`` returns what the entries become before they go to the log; it is called once they are durable, on a
        thread of its own, and may take its time.

        Raises:
            Turned: 429, too many events wait already.
        """
        loop = self._loop = asyncio.get_running_loop()
        if self._queued and self._queued + len(entries) > self._most:
            raise Turned(429, "overload", "Too many events wait to be kept. Ask again in a moment.", retry=1)
        future = loop.create_future()
        work = _Work(entries, answers, future, later if self._looking < MOST_LATER else None)
        self._queued += len(entries)
        self._unsure.update(answer.key for answer in answers)
        self._queue.put(work)
        return future

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
        return not self._failing and self._thread.is_alive()

    def waiting(self) -> int:
        """Return how many events wait in the spool for the log; for counting."""
        return self._spooled if self._behind else 0

    _spooled = 0

    def close(self) -> None:
        """Write what is queued, then stop. Events that the log did not take stay in the spool."""
        self._queue.put(None)
        self._thread.join()
        if self._onlookers is not None:
            self._onlookers.shutdown(wait=True)
            while not self._queue.empty():
                self._finish([work for work in [self._queue.get()] if work is not None])
        self.answers.close()
        for each in self.after:
            each()

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
            events += len(first.entries)
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
            self._finish([work for work in group if work.future is None])
            self._keep([work for work in group if work.future is not None])
            self._failing = ""
        except Exception as problem:  # noqa: BLE001 - whatever keeps events from being durable, none is told
            self._failed(problem)
            error = Turned(
                503, "log-unavailable", "The decision could not be kept, so it is not given. Ask again.", retry=1
            )
        self.told(sum(len(work.entries) for work in group), time.perf_counter() - begun)
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, group, error)

    def _keep(self, group: list[_Work]) -> None:
        """Write a group: keyed work to the outbox first, then everything to the log, or to the spool."""
        if not self._behind and not self._failing:
            group = self._kept_back(group)
        keyed = [work for work in group if work.answers]
        answers = [answer for work in keyed for answer in work.answers]
        numbers = self.answers.keep(answers, (entry for work in keyed for entry in work.entries)) if keyed else []
        try:
            if self._behind:
                self._catch_up(self._back.union(numbers))
            self._append(entry for work in group for entry in work.entries)
        except Exception as problem:
            if self._policy == "fail-closed":
                if keyed:
                    self.answers.forget(answers, numbers)
                raise
            self._failed(problem)
            self.answers.spool(entry for work in group if not work.answers for entry in work.entries)
            self._behind = True
            self._spooled = self.answers.waiting()
        else:
            self.answers.delivered(numbers)

    def _kept_back(self, group: list[_Work]) -> list[_Work]:
        """Put what challengers are to look at into the outbox and let them; return the rest of the group."""
        back = [work for work in group if work.later is not None]
        if not back:
            return group
        answers = [answer for work in back for answer in work.answers]
        numbers = iter(self.answers.keep(answers, (entry for work in back for entry in work.entries)))
        self._onlookers = self._onlookers or ThreadPoolExecutor(1, thread_name_prefix="onlookers")
        for work in back:
            mine = list(islice(numbers, len(work.entries)))
            self._back.update(mine)
            self._looking += 1
            work.safe = True
            self._onlookers.submit(self._look_on, work, mine)
        return [work for work in group if work.later is None]

    def _look_on(self, work: _Work, numbers: list[int]) -> None:
        entries = work.entries
        try:
            entries = work.later() if work.later else entries
        except Exception as problem:  # noqa: BLE001 - without the challengers it is a decision all the same
            log.error("challengers failed", extra={"problem": type(problem).__name__})  # noqa: TRY400 - may hold inputs
        self._queue.put(_Work(entries, (), numbers=numbers))

    def _finish(self, works: list[_Work]) -> None:
        """Send on what challengers have looked at; where the log does not take it, it waits in the outbox as it is."""
        if not works:
            return
        numbers = [n for work in works for n in work.numbers]
        entries = [entry for work in works for entry in work.entries]
        self._looking -= len(works)
        self._back.difference_update(numbers)
        try:
            self.answers.replace(numbers, entries)
            if not self._behind:
                self._append(entries)
                self.answers.delivered(numbers)
        except Exception as problem:  # noqa: BLE001 - it is in the outbox, and tried again in a second
            self._failed(problem)
            self._behind = True
            self._spooled = self.answers.waiting()

    def _append(self, entries: Iterable[Entry]) -> None:
        by_topic: dict[str, list[Keyed]] = {}
        for topic, key, payload in entries:
            by_topic.setdefault(topic, []).append((key, payload))
        for topic, records in by_topic.items():
            self._writers[topic].write(records)

    def _catch_up(self, but: Collection[int] | None = None) -> None:
        """Deliver what the outbox holds, oldest first, except what the present group delivers itself."""
        but = self._back if but is None else but
        while held := [one for one in self.answers.held(AT_ONCE + len(but)) if one[0] not in but]:
            self._append(entry for _, entry in held)
            self.answers.delivered(n for n, _ in held)
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
            self._queued -= len(work.entries) if work.future is not None else 0
            self._unsure.difference_update(answer.key for answer in work.answers)
            if work.future is None or work.future.done():
                continue
            if error is None or work.safe:
                work.future.set_result(None)
            else:
                work.future.set_exception(error)
