"""The writer: what threads append at the same time becomes one transaction, and so one wait for the disk."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from secondline.events.embedded.file import plain, writing
from secondline.events.embedded.packing import pack, runs, seal
from secondline.events.limits import LARGEST
from secondline.events.log import Full, Keyed, LogError, TooLarge, Writer, partition_of

if TYPE_CHECKING:
    from secondline.events.embedded.log import Settings, Topic

NAP = 0.05


@dataclass(eq=False, slots=True)
class _Group:
    """What one thread waits for."""

    records: Sequence[Keyed]
    done: bool = False
    error: Exception | None = field(default=None)


class EmbeddedWriter(Writer):
    """Appends to one topic of an embedded log."""

    def __init__(self, path: Path, base: sqlite3.Connection, topic: Topic, settings: Settings) -> None:
        self._path, self._base, self._topic, self._settings = path, base, topic, settings
        self._queue: list[_Group] = []
        self._door, self._turn = Lock(), Lock()

    def write(self, records: Sequence[Keyed]) -> None:
        """Append in one transaction, together with whatever other threads append now."""
        if not records:
            return
        largest = max(len(payload) for _, payload in records)
        if largest > LARGEST:
            raise TooLarge(f"An event of {largest} bytes is larger than the log takes ({LARGEST}).")
        mine = _Group(records)
        with self._door:
            self._queue.append(mine)
        with self._turn:  # whoever holds it commits for all who wait
            if not mine.done:
                with self._door:
                    groups, self._queue = self._queue, []
                self._settle(groups)
        if isinstance(mine.error, Full):
            raise Full(str(mine.error), mine.error.retry_after)
        if mine.error is not None:
            raise LogError(str(mine.error)) from mine.error

    def _settle(self, groups: list[_Group]) -> None:
        error: Exception | None = None
        try:
            self._room()
            with plain(self._path), writing(self._base):
                self._put([record for group in groups for record in group.records])
        except Exception as failed:  # noqa: BLE001 - every thread of the group is told
            error = failed
        for group in groups:
            group.done, group.error = True, error

    def _put(self, records: list[Keyed]) -> None:
        shards: dict[int, list[bytes]] = {}
        count = self._topic.partitions
        for key, payload in records:
            shards.setdefault(partition_of(key, count), []).append(payload)
        at = time.time_ns() // 1000
        for partition, payloads in sorted(shards.items()):
            place = (self._topic.id, partition)
            moved = "UPDATE shard SET next = next + ? WHERE topic = ? AND partition = ? RETURNING next"
            ((next_,),) = self._base.execute(moved, (len(payloads), *place)).fetchall()
            next_ -= len(payloads)
            for run in runs(payloads):
                first, next_ = next_, next_ + len(run)
                self._row(partition, first, next_, at, pack(run))

    def _row(self, partition: int, first: int, next: int, at: int, body: bytes) -> None:  # noqa: A002 - as in Batch
        sealed = seal(self._topic.name, partition, first, next, at, body)
        row = (self._topic.id, partition, first, next, at, sealed, body)
        self._base.execute(
            "INSERT INTO batch (topic, partition, first, next, at, seal, body) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )

    def _room(self) -> None:
        """Wait until the backlog is within its bound; what is unread is counted before, so the bound is about kept."""
        bound = self._settings.backlog
        if bound is None:
            return
        until = time.monotonic() + self._settings.wait
        while (unread := self._unread()) >= bound:
            if time.monotonic() >= until:
                raise Full(
                    f"{unread} events of '{self._topic.name}' are unread and {bound} may be. Are its readers running?",
                    retry_after=max(1.0, self._settings.wait),
                )
            time.sleep(NAP)

    def _unread(self) -> int:
        asked = """WITH team AS (SELECT team FROM mark WHERE topic = :t UNION SELECT team FROM member WHERE topic = :t)
            SELECT max(unread) FROM (
                SELECT sum(s.next - max(s.oldest, coalesce(m.next, s.oldest))) AS unread
                FROM team CROSS JOIN shard s
                LEFT JOIN mark m ON m.topic = s.topic AND m.partition = s.partition AND m.team = team.team
                WHERE s.topic = :t GROUP BY team.team)"""
        with plain(self._path):
            (unread,) = self._base.execute(asked, {"t": self._topic.id}).fetchone()
        return int(unread or 0)

    def close(self) -> None:
        """Close the file; what was appended is there."""
        with self._turn:
            self._base.close()
