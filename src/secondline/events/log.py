"""The log: events kept in order in the partitions of a topic, written in groups and read by groups of readers.

The same promises hold for the log embedded in one file (`events.embedded`) and for Kafka (`events.kafka`):

- what `Writer.append` returned for is durable, and nothing half-written is ever read;
- within a partition events are read in the order of their offsets, and events of one key are in one partition;
- every event is delivered at least once: a reader that starts again starts where it is told, and sees what it had
  not finished once more;
- a reader never remembers by itself how far it got. Whoever keeps what was made of the events keeps the offsets with
  it, in one transaction, and hands them back as ``at``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from secondline.core.errors import SecondlineError, SpecError
from secondline.events.shapes import Decision, Event, Snapshot

DECISIONS = "secondline.decisions"
LABELS = "secondline.labels"
SNAPSHOTS = "secondline.snapshots"
TOPICS = (DECISIONS, LABELS, SNAPSHOTS)
PARTITIONS = 4

At = Mapping[int, int] | Callable[[frozenset[int]], Mapping[int, int]] | None
"""Where to begin, by partition; or a function that is asked when partitions are assigned. None: at the group's mark.

A partition that is not named begins at the group's mark, and without one at the oldest event kept. In a group of
several readers give a function: another reader may have moved on before a partition comes (back) to this one.
"""
Keyed = tuple[bytes, bytes]
"""The key and the bytes of one event."""


class LogError(SecondlineError):
    """The event log cannot be opened, read or written."""


class Full(LogError):
    """So much is unread that nothing more is taken; try again after ``retry_after`` seconds. Nothing was written."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(LogError):
    """An event is larger than the log takes. Nothing of its group was written."""


class OutOfRange(LogError):
    """A reader was told to begin where the log has nothing: before its oldest event, or after its last."""


class Damaged(LogError):
    """Stored events are missing or not as they were written. ``first`` to ``next`` cannot be read."""

    def __init__(self, message: str, topic: str, partition: int, first: int, next: int) -> None:  # noqa: A002 - as in Batch
        super().__init__(message)
        self.topic, self.partition, self.first, self.next = topic, partition, first, next


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one partition in order, ``payloads[i]`` at ``offsets[i]``; ``next`` is the offset to go on from."""

    partition: int
    first: int
    next: int
    payloads: list[bytes]
    offsets: Sequence[int]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind in a partition: ``marked`` is the offset it goes on from, None if it never said."""

    partition: int
    oldest: int
    next: int
    marked: int | None

    @property
    def behind(self) -> int:
        """The number of events not yet read, as far as the group has said."""
        return self.next - max(self.oldest, self.oldest if self.marked is None else self.marked)


class Writer(ABC):
    """Appends to one topic. May be shared by threads: what they append at the same time is made durable together."""

    @abstractmethod
    def write(self, records: Sequence[Keyed]) -> None:
        """Append bytes as they are, and return when they are durable.

        Raises:
            Full: too much is unread.
            TooLarge: one of them is larger than the log takes.
            LogError: they could not be written. Some may have been: writing them again is harmless.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    def append(self, events: Sequence[Event]) -> None:
        """Append events, and return when they are durable.

        Raises:
            BadEvent: an event is not as its shape says; nothing was written.
            LogError: as `write` says.
        """
        from secondline.events.reading import encode

        self.write([(key_of(event), encode(event)) for event in events])


class Reader(Protocol):
    """Reads one topic as one member of a group. It belongs to one thread, and has to be polled to stay a member."""

    def poll(self, most: int, seconds: float) -> list[Batch]:
        """Return up to *most* events, waiting at most *seconds* for the first.

        Raises:
            Damaged: stored events are not as written. They are not skipped: `seek` behind them to go on without.
            OutOfRange: the position is outside of what the log holds.
            LogError: the log cannot be read.
        """
        ...

    def assigned(self) -> frozenset[int]:
        """Return the partitions that this member reads now; polling may change them."""
        ...

    def seek(self, to: Mapping[int, int]) -> None:
        """Go on from other offsets; partitions that are not assigned are left alone."""
        ...

    def mark(self, done: Mapping[int, int]) -> None:
        """Tell the outside how far the group is, so that lag is seen; never needed to be right, never raises for it."""
        ...

    def close(self) -> None:
        """Leave the group at once."""
        ...


class Log(ABC):
    """A log of events by topic."""

    @staticmethod
    def open(url: str) -> Log:
        """Open ``sqlite:///file`` (one machine) or ``kafka://host:port,host:port`` (many); options follow ``?``.

        Raises:
            SpecError: the address is none of these, or an option is unknown.
            LogError: the log cannot be opened.
        """
        kind, _, _ = url.partition(":")
        if kind == "sqlite":
            from secondline.events.embedded.log import EmbeddedLog

            return EmbeddedLog.at(url)
        if kind == "kafka":
            from secondline.events.kafka.log import KafkaLog

            return KafkaLog.at(url)
        raise SpecError(f"{kind!r} is no kind of event log. Use sqlite:///FILE or kafka://HOST:PORT.")

    @abstractmethod
    def writer(self, topic: str) -> Writer:
        """Return a writer of *topic*."""

    @abstractmethod
    def reader(self, topic: str, group: str, *, at: At = None) -> Reader:
        """Return a new member of *group*, which shares the partitions of *topic* between its members."""

    @abstractmethod
    def lag(self, topic: str, group: str) -> list[Lag]:
        """Return how far *group* is behind, by partition."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; writers and readers are closed on their own."""


def key_of(event: Event) -> bytes:
    """Return what decides the partition: the entity of a decision or snapshot, else the decision it is about.

    All that is said about one decision by people and by labels is in one partition and so in order; decisions without
    an entity are spread by their id.
    """
    if isinstance(event, (Decision, Snapshot)):
        return (event.entity or event.id).encode()
    return str(getattr(event, "decision", event.id)).encode()


def topic_of(event: Event) -> str:
    """Return the topic an event belongs to."""
    if isinstance(event, Decision):
        return DECISIONS
    return SNAPSHOTS if isinstance(event, Snapshot) else LABELS


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key: its CRC-32 modulo their number, as librdkafka does."""
    return crc32(key) % partitions


def by_topic(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Return events by the topic they belong to, in order."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(topic_of(event), []).append(event)
    return found
