"""Ingest: from a log into the state, in batches that are committed whole, each with the offsets it came from.

A consumer that dies has committed a batch or has not; whoever takes its partitions goes on from the offsets in the
state. A consumer that lost a partition without noticing cannot commit, because another has moved the offset.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondline.core.errors import Conflict
from secondline.events.log import TOPICS, Batch, Log, Reader
from secondline.events.reading import BadEvent, decode_many
from secondline.events.shapes import Event, Label
from secondline.monitor import parts
from secondline.monitor.manifest import Dead, Taken
from secondline.monitor.parts import Placed

if TYPE_CHECKING:
    from secondline.monitor.state import State

GROUP = "secondline.monitor"
MOST = 25_000
"""Events taken in by one commit at most; the bound of what is held in memory."""
WAIT = 1.0
"""Seconds after which a batch is committed, full or not: the lag of a quiet stream."""
IDLE = 0.2


def group_of(state: State) -> str:
    """Return the name of the group by which the consumers of a state share the log."""
    return f"{GROUP}.{state.id}"


@dataclass
class Progress:
    """What a consumer has done so far: events, commits, dead letters, batches lost to another consumer."""

    events: int = 0
    commits: int = 0
    dead: int = 0
    lost: int = 0
    seconds: float = 0.0


Told = Callable[[Progress], None]


def nobody(_progress: Progress) -> None:
    """Tell nobody."""


def take_in(state: State, topic: str, batches: Sequence[Batch], at: Mapping[int, int]) -> tuple[dict[int, int], int]:
    """Take batches of one topic in, in one commit; returns the offsets after it and how many letters were dead.

    ``at`` says how far each partition had been taken in. What lies before it was taken in already and is passed over.

    Raises:
        Conflict: another consumer has moved a partition on; nothing was taken in.
    """
    moved = dict(at)
    placed: list[Placed] = []
    dead: list[Dead] = []
    for batch in batches:
        start = moved.get(batch.partition, 0)
        first = next((i for i, offset in enumerate(batch.offsets) if offset >= start), len(batch.payloads))
        payloads, offsets = batch.payloads[first:], batch.offsets[first:]
        for payload, offset, event in zip(payloads, offsets, decode_many(payloads), strict=True):
            wrong = f"{event.reason}: {event}" if isinstance(event, BadEvent) else wrong_with(event)
            if wrong or isinstance(event, BadEvent):
                name = "" if isinstance(event, BadEvent) else event.id
                dead.append(Dead(topic, batch.partition, int(offset), wrong, name, bytes(payload)))
            else:
                placed.append(Placed(event, topic, batch.partition, int(offset)))
        moved[batch.partition] = max(start, batch.next)
    moves = {(topic, p): (at.get(p, 0), new) for p, new in moved.items() if new != at.get(p, 0)}
    if moves:
        state.commit(Taken(moves, parts.write(state.folder, placed), dead))
    return moved, len(dead)


def wrong_with(event: Event) -> str:
    """Return why an event that reads well cannot be used, or an empty text."""
    if isinstance(event, Label) and event.value not in {0.0, 1.0}:
        return f"invalid: the value of a label is 0 or 1, and this one is {event.value:g}"
    return ""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the collector of cycles from looking through a batch again and again: events have none."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class Consumer:
    """Takes one topic in. It holds at most one batch: while that is being committed, nothing more is read."""

    def __init__(
        self, state: State, log: Log, topic: str, *, group: str = "", most: int = MOST, wait: float = WAIT
    ) -> None:
        """Join the state's group of readers of a topic."""
        self.state, self.topic, self.most, self.wait = state, topic, most, wait
        self.done = Progress()
        self.next: dict[int, int] = {}
        """The offset the reader goes on from, by partition."""
        self.reader: Reader = log.reader(topic, group or group_of(state), at=self._begin)

    def _begin(self, partitions: frozenset[int]) -> dict[int, int]:
        stored = self.state.offsets(self.topic)
        self.next |= {partition: stored.get(partition, 0) for partition in partitions}
        # A partition never taken in begins at the oldest event kept, which need not be at 0.
        return {partition: stored[partition] for partition in partitions if partition in stored}

    def step(self, seconds: float = IDLE) -> int:
        """Read and commit one batch; returns how many events were read.

        Raises:
            LogError: the log cannot be read.
        """
        began = time.monotonic()
        held: list[tuple[int, Batch]] = []
        count = 0
        while count < self.most:
            left = self.wait - (time.monotonic() - began) if held else seconds
            if held and left <= 0:
                break
            found = self.reader.poll(self.most - count, left)
            for batch in found:
                held.append((self.next.get(batch.partition, -1), batch))
                self.next[batch.partition] = batch.next
            count += sum(len(batch.payloads) for batch in found)
            if not found:
                break
        if held:
            self._commit(held)
            self.done.seconds += time.monotonic() - began
        return count

    def _commit(self, held: Sequence[tuple[int, Batch]]) -> None:
        """Commit the batches that follow on what the state has; of a partition with a gap, begin again from there."""
        stored = self.state.offsets(self.topic)
        at = {batch.partition: stored.get(batch.partition, 0) for _, batch in held}
        follows, lost = dict(at), set[int]()
        fitting: list[Batch] = []
        for began, batch in held:
            if began != follows[batch.partition]:
                lost.add(batch.partition)
                continue
            fitting.append(batch)
            follows[batch.partition] = batch.next
        try:
            with undisturbed():
                moved, dead = take_in(self.state, self.topic, fitting, at)
        except Conflict:
            lost |= set(at)
        else:
            self.done.events += sum(len(batch.payloads) for batch in fitting)
            self.done.dead += dead
            self.done.commits += 1
            self.reader.mark(moved)
        if lost:
            self._again(lost)

    def _again(self, lost: set[int]) -> None:
        self.done.lost += len(lost)
        stored = self.state.offsets(self.topic)
        back = {partition: stored.get(partition, 0) for partition in lost}
        self.next |= back
        self.reader.seek(back)

    def close(self) -> None:
        """Leave the group."""
        self.reader.close()


def ingest(
    log: Log, state: State, *, topics: Sequence[str] = TOPICS, stop: threading.Event | None = None,
    until_idle: bool = False, told: Told = nobody, most: int = MOST, wait: float = WAIT,
) -> Progress:  # fmt: skip
    """Take events in until *stop* is set, or with *until_idle* until nothing more is there; returns what was done.

    Raises:
        LogError: the log cannot be read.
        LedgerError: the state cannot be written.
    """
    halt = stop or threading.Event()
    state.sweep()
    consumers = [Consumer(state, log, topic, most=most, wait=wait) for topic in topics]
    quiet = 0
    try:
        while not halt.is_set() and not (until_idle and quiet >= ROUNDS):
            read = sum(consumer.step(IDLE / len(consumers)) for consumer in consumers)
            quiet = 0 if read else quiet + 1
            if read:
                told(_sum(consumers))
    finally:
        for consumer in consumers:
            consumer.close()
    return _sum(consumers)


ROUNDS = 5
"""Rounds without an event after which a log is thought to be read to its end."""


def _sum(consumers: Sequence[Consumer]) -> Progress:
    done = [consumer.done for consumer in consumers]
    return Progress(*(sum(getattr(one, name) for one in done) for name in Progress.__dataclass_fields__))
