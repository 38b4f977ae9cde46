"""The embedded log: topics in one SQLite file, shared by all processes of one machine."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from secondline.core.errors import SpecError
from secondline.events.address import options, path_of, seconds, whole
from secondline.events.embedded.file import connect, plain, reading, writing
from secondline.events.embedded.reader import EmbeddedReader
from secondline.events.embedded.writer import EmbeddedWriter
from secondline.events.log import PARTITIONS, At, Lag, Log, LogError

OPTIONS = {
    "partitions": whole(1, 1024),
    "backlog": whole(1, 10**12),
    "wait": seconds(0, 3600),
    "lease": seconds(0.05, 3600),
}
NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a log behaves for who opened it.

    ``partitions`` counts for topics it makes. Once ``backlog`` events of a topic are unread by its slowest group, a
    writer waits up to ``wait`` seconds and then raises `Full`. A reader that has not polled for ``lease`` seconds has
    left its group.
    """

    partitions: int = PARTITIONS
    backlog: int | None = None
    wait: float = 5.0
    lease: float = 30.0


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the file."""

    id: int
    name: str
    partitions: int


class EmbeddedLog(Log):
    """A log in the file *path*."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, settings
        self._base = connect(path)

    @classmethod
    def at(cls, url: str) -> EmbeddedLog:
        """Open ``sqlite:///file?partitions=4&backlog=1000000&wait=5&lease=30``."""
        stated = options(url, OPTIONS)
        return cls(Path(path_of(url)), Settings(**stated))

    def writer(self, topic: str) -> EmbeddedWriter:
        """Return a writer with a connection of its own."""
        found = self.topic(topic)
        return EmbeddedWriter(self.path, connect(self.path), found, self.settings)

    def reader(self, topic: str, group: str, *, at: At = None) -> EmbeddedReader:
        """Return a new member of *group*, with a connection of its own."""
        found = self.topic(topic)
        return EmbeddedReader(self.path, connect(self.path), found, named(group, "group"), at, self.settings.lease)

    def topic(self, name: str) -> Topic:
        """Return a topic, made if it is new."""
        named(name, "topic")
        with plain(self.path):
            row = self._look(name)
            if row is None:
                with writing(self._base):
                    row = self._look(name) or self._make(name)
        return Topic(row[0], name, row[1])

    def _look(self, name: str) -> tuple[int, int] | None:
        found: tuple[int, int] | None = self._base.execute(
            "SELECT id, partitions FROM topic WHERE name = ?", (name,)
        ).fetchone()
        return found

    def _make(self, name: str) -> tuple[int, int]:
        count = self.settings.partitions
        made = self._base.execute("INSERT INTO topic (name, partitions) VALUES (?, ?)", (name, count)).lastrowid
        if made is None:
            raise LogError(f"The topic {name!r} could not be made.")
        self._base.executemany("INSERT INTO shard VALUES (?, ?, 0, 0)", [(made, p) for p in range(count)])
        return made, count

    def topics(self) -> list[str]:
        """Return the names of the topics."""
        with plain(self.path):
            return [name for (name,) in self._base.execute("SELECT name FROM topic ORDER BY name")]

    def groups(self, topic: str) -> list[str]:
        """Return the groups that have read a topic."""
        known = "SELECT team FROM mark WHERE topic = :t UNION SELECT team FROM member WHERE topic = :t ORDER BY 1"
        with plain(self.path):
            return [team for (team,) in self._base.execute(known, {"t": self.topic(topic).id})]

    def lag(self, topic: str, group: str) -> list[Lag]:
        """Return how far *group* is behind."""
        asked = """SELECT s.partition, s.oldest, s.next, m.next FROM shard s
            LEFT JOIN mark m ON m.topic = s.topic AND m.partition = s.partition AND m.team = ?
            WHERE s.topic = ? ORDER BY s.partition"""
        with plain(self.path):
            return [Lag(*row) for row in self._base.execute(asked, (group, self.topic(topic).id))]

    def forget(self, topic: str, group: str) -> None:
        """Forget a group that reads no more, so that nothing is kept for it."""
        which = (self.topic(topic).id, group)
        with plain(self.path), writing(self._base):
            for table in ("mark", "member", "lease"):
                self._base.execute(f"DELETE FROM {table} WHERE topic = ? AND team = ?", which)  # noqa: S608 - our names

    def retain(self, topic: str, *, days: float, unread: bool = False) -> int:
        """Drop what is older than *days* and read by every group, and return the number of events dropped.

        Whole rows are dropped, from the oldest on. With *unread* what a group has not read goes too; that group is
        told so (`OutOfRange`) when it comes to the gap. Space is used again by later events.
        """
        found, before, dropped = self.topic(topic), int((time.time() - days * 86_400) * 1e6), 0
        with plain(self.path), writing(self._base):
            read = [self.lag(topic, group) for group in self.groups(topic)]
            for shard in self.lag(topic, ""):
                marks = [lags[shard.partition].marked or shard.oldest for lags in read]
                upto = shard.next if unread or not marks else min(marks)
                dropped += self._drop(found, shard, before, upto)
        return dropped

    def _drop(self, topic: Topic, lag: Lag, before: int, upto: int) -> int:
        where = "topic = ? AND partition = ? AND next <= ?"
        kept = "SELECT min(next) FROM batch WHERE topic = ? AND partition = ? AND at >= ?"
        (young,) = self._base.execute(kept, (topic.id, lag.partition, before)).fetchone()
        bound = upto if young is None else min(upto, young - 1)
        place = (topic.id, lag.partition, bound)
        (last,) = self._base.execute(f"SELECT max(next) FROM batch WHERE {where}", place).fetchone()  # noqa: S608 - ours
        if last is None:
            return 0
        self._base.execute(f"DELETE FROM batch WHERE {where}", place)  # noqa: S608 - ours
        shard = (last, topic.id, lag.partition)
        self._base.execute("UPDATE shard SET oldest = ? WHERE topic = ? AND partition = ?", shard)
        return int(last - lag.oldest)

    def check(self) -> list[str]:
        """Return what SQLite itself finds wrong with the file; nothing where all is well."""
        with plain(self.path), reading(self._base):
            said = [str(row[0]) for row in self._base.execute("PRAGMA integrity_check(20)")]
        return [] if said == ["ok"] else said

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def named(name: str, what: str) -> str:
    """Return a name that Kafka would take too."""
    if not NAME.fullmatch(name):
        raise SpecError(f"{name!r} cannot name a {what}: use up to 200 letters, digits, dots, dashes and underscores.")
    return name
