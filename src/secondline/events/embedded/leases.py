"""Leases: which member of a group reads which partitions.

Each member says every few seconds that it is alive and holds leases on its partitions. A partition is taken only when
its lease was given back or ran out, so two living members never hold one. A member takes its fair share of what is free
and gives back what is over its share; who comes and goes is seen at the next renewal. A member that was stopped for
longer than its lease has lost its partitions, and finds out before it reads again; what it made of events read before
must be refused by who keeps the state (the offset is no longer the one it started from).
"""

from __future__ import annotations

import sqlite3
import time
from uuid import uuid4

from secondline.events.embedded.file import writing

OFTEN = 3.0


class Leases:
    """The leases of one member of *team* on *topic*, which has *count* partitions."""

    def __init__(self, base: sqlite3.Connection, topic: int, team: str, count: int, lease: float) -> None:
        self._base, self._count, self._lease = base, count, lease
        self._topic, self._team, self._name = topic, team, uuid4().hex
        self._due = 0.0
        self.held: frozenset[int] = frozenset()

    def renew(self) -> bool:
        """Renew when it is time, and say whether the partitions held may have changed."""
        if time.monotonic() < self._due:
            return False
        before = self.held
        now = time.time()
        with writing(self._base):
            self.held = self._share(now, now + self._lease)
        self._due = time.monotonic() + min(self._lease / 3, OFTEN)
        return self.held != before

    def _share(self, now: float, until: float) -> frozenset[int]:
        mine = {"t": self._topic, "g": self._team, "n": self._name, "until": until, "now": now}
        # A lease far in the future is one from before the clock was set back.
        gone = "topic = :t AND team = :g AND NOT until BETWEEN :now AND :until + 3600"
        self._base.execute(f"DELETE FROM member WHERE {gone}", mine)  # noqa: S608 - ours
        self._base.execute(f"DELETE FROM lease WHERE {gone}", mine)  # noqa: S608 - ours
        self._base.execute("INSERT OR REPLACE INTO member VALUES (:t, :g, :n, :until)", mine)
        taken: dict[int, str] = dict(
            self._base.execute("SELECT partition, name FROM lease WHERE topic = :t AND team = :g", mine).fetchall()
        )
        held = sorted(partition for partition, name in taken.items() if name == self._name)
        wanted = self._fair()
        keep = set(held[:wanted])
        free = [partition for partition in range(self._count) if partition not in taken]
        keep.update(free[: wanted - len(keep)])
        self._base.execute("DELETE FROM lease WHERE topic = :t AND team = :g AND name = :n", mine)
        self._base.executemany(
            "INSERT INTO lease VALUES (?, ?, ?, ?, ?)",
            [(self._topic, self._team, partition, self._name, until) for partition in sorted(keep)],
        )
        return frozenset(keep)

    def _fair(self) -> int:
        """Return how many partitions to hold: the first by name hold one more where the number does not divide."""
        asked = "SELECT name FROM member WHERE topic = ? AND team = ? ORDER BY name"
        names = [name for (name,) in self._base.execute(asked, (self._topic, self._team))]
        each, over = divmod(self._count, len(names))
        return each + (names.index(self._name) < over)

    def leave(self) -> None:
        """Give everything back."""
        with writing(self._base):
            for table in ("lease", "member"):
                self._base.execute(
                    f"DELETE FROM {table} WHERE topic = ? AND team = ? AND name = ?",  # noqa: S608 - ours
                    (self._topic, self._team, self._name),
                )
        self.held = frozenset()
