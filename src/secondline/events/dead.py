"""Dead letters: what could not be taken, whole, with the reason and where it came from, so that it can be mended.

Whoever meets an event that cannot be read puts it here and goes on: no event blocks a partition. The file holds a
bounded number of letters; when it is full those replayed go first and then the oldest, and how many went is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from secondline.core.errors import UnknownRecord
from secondline.events.embedded.file import Format, connect, plain, writing
from secondline.events.limits import LARGEST
from secondline.events.log import Batch, Keyed, Log, key_of, topic_of
from secondline.events.reading import BadEvent, decode, encode

MOST = 100_000
FORM = Format(
    "file of dead letters",
    0x5EC0_4E02,
    1,
    """CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, source TEXT NOT NULL, partition INTEGER NOT NULL,
    place INTEGER NOT NULL, reason TEXT NOT NULL, field TEXT NOT NULL, message TEXT NOT NULL, size INTEGER NOT NULL,
    digest TEXT NOT NULL, payload BLOB NOT NULL, replayed INTEGER,
    UNIQUE (source, partition, place, digest)
) STRICT;
CREATE TABLE lost (only INTEGER PRIMARY KEY CHECK (only = 1), letters INTEGER NOT NULL) STRICT;
INSERT INTO lost VALUES (1, 0)""",
)
_COLUMNS = "id, at, source, partition, place, reason, field, message, size, digest, payload, replayed"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes came from: a topic and its partition and offset, or a file, 0 and its row."""

    source: str
    partition: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. ``payload`` is cut at the largest size of an event; ``size`` and ``digest`` are of the whole."""

    id: int
    at: int
    source: str
    partition: int
    place: int
    reason: str
    field: str
    message: str
    size: int
    digest: str
    payload: bytes
    replayed: int | None

    @property
    def whole(self) -> bool:
        """Whether all the bytes were kept."""
        return self.size == len(self.payload)


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of letters that were tried again: those taken, and why the others still cannot be."""

    taken: tuple[int, ...]
    still: Mapping[int, str]


class DeadLetters:
    """The dead letters in one file; at most *most* are kept."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self.path, self._most = path, most
        self._base = connect(path, FORM)

    def put(self, letters: Iterable[tuple[Origin, bytes, BadEvent]]) -> int:
        """Keep what could not be taken, and return how many are new: the same bytes of the same place are kept once."""
        now = time.time_ns() // 1000
        rows = [
            (now, o.source, o.partition, o.place, bad.reason, bad.field, str(bad)[:1000], *_kept(payload))
            for o, payload, bad in letters
        ]
        with plain(self.path), writing(self._base):
            before = self._base.total_changes
            self._base.executemany(
                """INSERT OR IGNORE INTO letter
                (at, source, partition, place, reason, field, message, size, digest, payload)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                rows,
            )
            new = self._base.total_changes - before
            self._bound()
        return new

    def _bound(self) -> None:
        (held,) = self._base.execute("SELECT count(*) FROM letter").fetchone()
        if held > self._most:
            oldest = "SELECT id FROM letter ORDER BY replayed IS NULL, id LIMIT ?"
            unread = f"SELECT count(*) FROM letter WHERE replayed IS NULL AND id IN ({oldest})"  # noqa: S608 - ours
            (lost,) = self._base.execute(unread, (held - self._most,)).fetchone()
            self._base.execute(f"DELETE FROM letter WHERE id IN ({oldest})", (held - self._most,))  # noqa: S608 - ours
            self._base.execute("UPDATE lost SET letters = letters + ?", (lost,))

    def list(self, *, replayed: bool = False, after: int = 0, most: int = 100) -> list[Letter]:
        """Return letters by their number, beginning after one; those replayed only if asked for."""
        which = "id > ?" if replayed else "id > ? AND replayed IS NULL"
        asked = f"SELECT {_COLUMNS} FROM letter WHERE {which} ORDER BY id LIMIT ?"  # noqa: S608 - ours
        with plain(self.path):
            return [Letter(*row) for row in self._base.execute(asked, (after, most))]

    def counts(self) -> dict[str, int]:
        """Return the number of letters that wait, by reason."""
        asked = "SELECT reason, count(*) FROM letter WHERE replayed IS NULL GROUP BY reason ORDER BY reason"
        with plain(self.path):
            return dict(self._base.execute(asked).fetchall())

    def lost(self) -> int:
        """Return how many letters had to go, unread, to keep the number in bounds."""
        with plain(self.path):
            return int(self._base.execute("SELECT letters FROM lost").fetchone()[0])

    def show(self, number: int) -> Letter:
        """Return one letter.

        Raises:
            UnknownRecord: there is none of this number.
        """
        with plain(self.path):
            row = self._base.execute(f"SELECT {_COLUMNS} FROM letter WHERE id = ?", (number,)).fetchone()  # noqa: S608
        if row is None:
            raise UnknownRecord.of("dead letter", str(number))
        return Letter(*row)

    def replay(self, log: Log, numbers: Sequence[int], mended: Mapping[int, bytes] | None = None) -> Replay:
        """Try letters again, with other bytes where they were mended, and append those that can be taken now.

        A letter is marked only after its event is durable, so a replay that breaks off may append one twice, which
        changes nothing.
        """
        ready: dict[str, list[tuple[int, Keyed]]] = {}
        still: dict[int, str] = {}
        for number in numbers:
            letter = self.show(number)
            try:
                event = decode((mended or {}).get(number, letter.payload))
                ready.setdefault(topic_of(event), []).append((number, (key_of(event), encode(event))))
            except BadEvent as bad:
                still[number] = str(bad)
        for topic, pairs in ready.items():
            writer = log.writer(topic)
            try:
                writer.write([keyed for _, keyed in pairs])
            finally:
                writer.close()
            self._taken([number for number, _ in pairs])
        return Replay(tuple(sorted(number for pairs in ready.values() for number, _ in pairs)), still)

    def _taken(self, numbers: Sequence[int]) -> None:
        now = time.time_ns() // 1000
        with plain(self.path), writing(self._base):
            marked = "UPDATE letter SET replayed = ? WHERE id = ?"
            self._base.executemany(marked, [(now, number) for number in numbers])

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def of_batch(topic: str, batch: Batch, bad: Iterable[tuple[int, BadEvent]]) -> list[tuple[Origin, bytes, BadEvent]]:
    """Return the letters for the payloads of a batch at these positions."""
    return [(Origin(topic, batch.partition, batch.offsets[i]), batch.payloads[i], error) for i, error in bad]


def _kept(payload: bytes) -> tuple[int, str, bytes]:
    return len(payload), sha256(payload).hexdigest(), payload[:LARGEST]
