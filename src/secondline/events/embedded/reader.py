"""The reader: a member of a group reads its partitions in order, and checks every seal."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.events.embedded.file import plain, reading, writing
from secondline.events.embedded.leases import Leases
from secondline.events.embedded.packing import seal, unpack
from secondline.events.log import At, Batch, Damaged, OutOfRange

if TYPE_CHECKING:
    from secondline.events.embedded.log import Topic

NAP = 0.02
_ROWS = """SELECT first, next, at, seal, body FROM batch
    WHERE topic = ? AND partition = ? AND next > ? ORDER BY next"""


class EmbeddedReader:
    """One member of a group that reads an embedded log."""

    def __init__(self, path: Path, base: sqlite3.Connection, topic: Topic, group: str, at: At, lease: float) -> None:
        self._path, self._base, self._topic, self._group, self._at = path, base, topic, group, at
        self._leases = Leases(base, topic.id, group, topic.partitions, lease)
        self._where: dict[int, int] = {}
        self._rest: dict[int, list[bytes]] = {}
        self._turn = 0
        self._wrong: Damaged | OutOfRange | None = None

    def poll(self, most: int, seconds: float) -> list[Batch]:
        """Return up to *most* events as soon as there are any, or nothing after *seconds*."""
        until = time.monotonic() + seconds
        while True:
            self._settle()
            with plain(self._path):
                found = self._read(most)
            left = until - time.monotonic()
            if found or left <= 0:
                return found
            time.sleep(min(NAP, left))

    def assigned(self) -> frozenset[int]:
        """Return the partitions held."""
        return self._leases.held

    def seek(self, to: Mapping[int, int]) -> None:
        """Go on from other offsets."""
        for partition in self._where.keys() & to.keys():
            self._go(partition, to[partition])

    def mark(self, done: Mapping[int, int]) -> None:
        """Write down how far the group is, for partitions still held."""
        rows = [
            (self._topic.id, self._group, partition, next_)
            for partition, next_ in sorted(done.items())
            if partition in self._leases.held
        ]
        if rows:
            with plain(self._path), writing(self._base):
                self._base.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)", rows)

    def close(self) -> None:
        """Leave the group, so that others need not wait for the lease to run out."""
        with plain(self._path):
            self._leases.leave()
        self._base.close()

    def _go(self, partition: int, offset: int) -> None:
        self._where[partition] = offset
        self._rest.pop(partition, None)
        self._wrong = None

    def _settle(self) -> None:
        """Renew the leases; drop what is no longer held, and find where to begin what is new."""
        with plain(self._path):
            if not self._leases.renew():
                return
        held = self._leases.held
        for partition in self._where.keys() - held:
            del self._where[partition]
            self._rest.pop(partition, None)
        if fresh := held - self._where.keys():
            self._begin(fresh)

    def _begin(self, fresh: frozenset[int]) -> None:
        told = self._at(fresh) if callable(self._at) else self._at or {}
        asked = "SELECT partition, next FROM mark WHERE topic = ? AND team = ?"
        with plain(self._path):
            marks: dict[int, int] = dict(self._base.execute(asked, (self._topic.id, self._group)).fetchall())
            oldest = {partition: bounds[0] for partition, bounds in self._bounds().items()}
        for partition in fresh:
            start = max(marks.get(partition, 0), oldest[partition])
            self._go(partition, told.get(partition, start))

    def _bounds(self) -> dict[int, tuple[int, int]]:
        asked = "SELECT partition, oldest, next FROM shard WHERE topic = ?"
        return {partition: (oldest, next_) for partition, oldest, next_ in self._base.execute(asked, (self._topic.id,))}

    def _read(self, most: int) -> list[Batch]:
        """Read what there is; what goes wrong after something was read is told by the next call."""
        if self._wrong:
            wrong, self._wrong = self._wrong, None
            raise wrong
        found: dict[int, list[bytes]] = {}
        try:
            with reading(self._base):
                self._fill(found, most)
        except (Damaged, OutOfRange) as wrong:
            if not any(found.values()):
                raise
            self._wrong = wrong
        return [self._batch(partition, payloads) for partition, payloads in found.items() if payloads]

    def _fill(self, found: dict[int, list[bytes]], most: int) -> None:
        """Take a fair part from each partition first and fill up then, beginning with another partition each time."""
        held = sorted(self._where)
        if not held:
            return
        self._turn += 1
        start = self._turn % len(held)
        bounds = self._bounds()
        waiting = [p for p in held[start:] + held[:start] if self._waits(p, *bounds[p])]
        for quota in (max(1, most // max(1, len(waiting))), most):
            for partition in waiting:
                room = most - sum(map(len, found.values()))
                self._take(partition, min(quota, room), bounds[partition][1], found.setdefault(partition, []))

    def _batch(self, partition: int, payloads: list[bytes]) -> Batch:
        next_ = self._where[partition]
        first = next_ - len(payloads)
        return Batch(partition, first, next_, payloads, range(first, next_))

    def _waits(self, partition: int, oldest: int, next_: int) -> bool:
        at = self._where[partition]
        if oldest <= at <= next_:
            return at < next_
        where = f"Partition {partition} of '{self._topic.name}' holds events {oldest} to {next_}"
        if at < oldest:
            raise OutOfRange(f"{where}; those from {at} on were dropped unread. Rebuild from the archive, or seek.")
        raise OutOfRange(f"{where}, and the reader stands at {at}. Was an older copy of the log put back?")

    def _take(self, partition: int, most: int, end: int, taken: list[bytes]) -> None:
        """Add up to *most* events to *taken* and move on; what is left of a row is kept for the next time."""
        while most > 0 and self._where[partition] < end:
            row = self._rest.pop(partition, None) or self._row(partition, end)
            part, rest = row[:most], row[most:]
            taken += part
            most -= len(part)
            self._where[partition] += len(part)
            if rest:
                self._rest[partition] = rest

    def _row(self, partition: int, end: int) -> list[bytes]:
        """Return the events of the row in which the position stands, from there on."""
        at = self._where[partition]
        row = self._base.execute(f"{_ROWS} LIMIT 1", (self._topic.id, partition, at)).fetchone()
        if row is None or row[0] > at:
            raise self._damaged(partition, at, row[0] if row else end, "are missing")
        first, next_, written, sealed, body = row
        if seal(self._topic.name, partition, first, next_, written, body) != sealed:
            raise self._damaged(partition, first, next_, "are not as they were written")
        try:
            return unpack(body, next_ - first)[at - first :]
        except ValueError as odd:
            raise self._damaged(partition, first, next_, f"cannot be taken apart ({odd})") from None

    def _damaged(self, partition: int, first: int, next_: int, what: str) -> Damaged:
        where = f"{self._topic.name} partition {partition}, events {first} to {next_}"
        return Damaged(
            f"The event log '{self._path}' is damaged: {where}, {what}. Put back a copy, or seek to {next_}.",
            self._topic.name,
            partition,
            first,
            next_,
        )
