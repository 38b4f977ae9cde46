"""Answers: what was answered to which key, and events on their way to the log, in one small SQLite file.

A case with an idempotency key is written here first, answer and event in one transaction, and goes to the log after.
What a crash leaves between the two is delivered at the next start; the log's readers know an event by its id, so a
second delivery changes nothing. The same table holds what is spooled while the log cannot be reached.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from secondline.core.errors import LedgerError

SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, hash BLOB NOT NULL, payload BLOB NOT NULL, until INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_until ON answers (until);
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB NOT NULL, payload BLOB NOT NULL
);
"""
FILE = "answers.db"
DAY = 86_400


class Answer(NamedTuple):
    """What a key stands for: the fingerprint of what was asked, and what was answered."""

    key: bytes
    hash: bytes
    payload: bytes


class Entry(NamedTuple):
    """An event as the log takes it: its topic, what decides its partition, and its bytes."""

    topic: str
    key: bytes
    payload: bytes


def fingerprint(*parts: str) -> bytes:
    """Return one key for several words."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


class Answers:
    """The file. One thread writes; any may read by `find`, each through its own connection.

    Raises:
        LedgerError: the file cannot be opened or is not ours.
    """

    def __init__(self, folder: Path, *, kept_for: int = DAY) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._kept_for = folder / FILE, kept_for
        try:
            self._writes, self._reads = self._open(), self._open()
            self._writes.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise LedgerError(
                f"{self._path} cannot be opened: {error}. Is it a gateway's file, and the disk writable?"
            ) from error
        self._done: list[int] = []

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def find(self, keys: Sequence[bytes], now: float | None = None) -> dict[bytes, Answer]:
        """Return what is known of these keys and has not lapsed."""
        now = time.time() if now is None else now
        found: dict[bytes, Answer] = {}
        for key in keys:
            row = self._reads.execute(
                "SELECT hash, payload FROM answers WHERE key = ? AND until > ?", (key, now)
            ).fetchone()
            if row is not None:
                found[key] = Answer(key, *row)
        return found

    def keep(self, answers: Sequence[Answer], entries: Iterable[Entry]) -> list[int]:
        """Write answers and their events durably; return the events' numbers in the outbox."""
        until = int(time.time()) + self._kept_for
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._writes.executemany(
                "INSERT INTO answers VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
                " SET hash = excluded.hash, payload = excluded.payload, until = excluded.until",
                [(*answer, until) for answer in answers],
            )
            numbers = self._put(entries)
            self._clear()
        return numbers

    def spool(self, entries: Iterable[Entry]) -> None:
        """Write events durably that the log does not take now."""
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._put(entries)

    def _put(self, entries: Iterable[Entry]) -> list[int]:
        numbers: list[int] = []
        for entry in entries:
            cursor = self._writes.execute("INSERT INTO outbox (topic, key, payload) VALUES (?, ?, ?)", entry)
            numbers.append(int(cursor.lastrowid or 0))
        return numbers

    def replace(self, numbers: Sequence[int], entries: Sequence[Entry]) -> None:
        """Exchange events of the outbox for what they have become, before any of them leaves it."""
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            said = [(entry.payload, n) for n, entry in zip(numbers, entries, strict=True)]
            self._writes.executemany("UPDATE outbox SET payload = ? WHERE n = ?", said)

    def held(self, most: int) -> list[tuple[int, Entry]]:
        """Return the oldest events of the outbox that are not known to be delivered, with their numbers there."""
        self.settle()
        rows = self._writes.execute("SELECT n, topic, key, payload FROM outbox ORDER BY n LIMIT ?", (most,)).fetchall()
        return [(n, Entry(*entry)) for n, *entry in rows]

    def delivered(self, numbers: Iterable[int]) -> None:
        """Note that the log has these events; they leave the outbox with the next writing."""
        self._done.extend(numbers)

    def forget(self, answers: Sequence[Answer], numbers: Iterable[int]) -> None:
        """Take back answers that will not be told, and their events."""
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._writes.executemany("DELETE FROM answers WHERE key = ?", [(answer.key,) for answer in answers])
            self._done.extend(numbers)
            self._clear()

    def settle(self, now: float | None = None) -> None:
        """Clear what is delivered and the answers that have lapsed."""
        with self._writes:
            self._writes.execute("BEGIN IMMEDIATE")
            self._clear()
            self._writes.execute("DELETE FROM answers WHERE until <= ?", (time.time() if now is None else now,))

    def _clear(self) -> None:
        self._writes.executemany("DELETE FROM outbox WHERE n = ?", [(n,) for n in self._done])
        self._done.clear()

    def waiting(self) -> int:
        """Return how many events the outbox holds that are not known to be delivered."""
        with closing(self._writes.execute("SELECT count(*) FROM outbox")) as found:
            return int(found.fetchone()[0]) - len(self._done)

    def close(self) -> None:
        """Clear what is delivered and close the file."""
        self.settle()
        self._reads.close()
        self._writes.close()
