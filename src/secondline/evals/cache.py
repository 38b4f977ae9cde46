"""The journal of calls: every call before it is made, every answer before it counts, in one SQLite file.

A call is written down before it is sent and its answer before anything else happens, both durable (a write-ahead log,
synced), so that a run that is killed at any moment goes on where it was: answers that came are there, and calls that
were begun and never ended are known as *in doubt*, since the endpoint may have counted them. Calls that wait at the
same moment are written together. One process at a time holds the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from secondline.core.errors import LedgerError
from secondline.evals.wire import Used

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, key TEXT NOT NULL, began TEXT NOT NULL, estimate REAL NOT NULL,
    ended TEXT, cost REAL
);
CREATE INDEX IF NOT EXISTS open_calls ON calls (endpoint) WHERE ended IS NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, call INTEGER NOT NULL, status INTEGER NOT NULL, request TEXT NOT NULL,
    response TEXT NOT NULL, began TEXT NOT NULL, latency_ms REAL NOT NULL, tokens_in INTEGER, tokens_out INTEGER,
    cost REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS raw (digest TEXT PRIMARY KEY, content BLOB NOT NULL);
"""
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is kept: what came, when it was asked, how long it took and what it used."""

    status: int
    body: bytes
    request: str
    response: str
    began: str
    latency_ms: float
    used: Used
    kept: bool = False


class Past(NamedTuple):
    """What an endpoint was asked before: calls, what they cost, and how many of them are in doubt."""

    calls: int
    cost: float
    doubtful: int


def key_of(endpoint: str, body: bytes, replicate: int) -> str:
    """Return the name of a call: the SHA-256 of the endpoint, the whole request and the replicate."""
    return sha256(b"\0".join((endpoint.encode(), body, str(replicate).encode()))).hexdigest()


class Journal:
    """The file. It is used from one event loop; a thread of its own writes.

    Raises:
        LedgerError: the file cannot be opened, is not ours, or another run holds it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._base = _opened(path)
        self._answered = {row[0] for row in self._base.execute("SELECT key FROM answers")}
        self._next = int(self._base.execute("SELECT coalesce(max(n), 0) + 1 FROM calls").fetchone()[0])
        self._raw: set[str] = set()
        self._thread = ThreadPoolExecutor(1, "secondline-journal")
        self._waiting: list[tuple[tuple[Statement, ...], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    def past(self, endpoint: str) -> Past:
        """Return what was spent on an endpoint before; a call in doubt counts with what it may have cost."""
        row = self._base.execute(
            "SELECT count(*), coalesce(sum(coalesce(cost, estimate)), 0), count(*) FILTER (WHERE ended IS NULL)"
            " FROM calls WHERE endpoint = ?",
            (endpoint,),
        ).fetchone()
        return Past(int(row[0]), float(row[1]), int(row[2]))

    def doubtful(self, endpoint: str) -> tuple[str, ...]:
        """Return the keys of calls that were begun and never ended, oldest first."""
        asked = "SELECT key FROM calls WHERE endpoint = ? AND ended IS NULL ORDER BY n"
        return tuple(row[0] for row in self._base.execute(asked, (endpoint,)))

    def holds(self, key: str) -> bool:
        """Whether there is an answer."""
        return key in self._answered

    def find(self, key: str) -> Answer | None:
        """Return the answer that is kept under *key*, if there is one."""
        if key not in self._answered:
            return None
        row = self._base.execute(
            "SELECT status, content, request, response, began, latency_ms, tokens_in, tokens_out, cost"
            " FROM answers JOIN raw ON raw.digest = answers.response WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None or sha256(row[1]).hexdigest() != row[3]:
            raise LedgerError(
                f"The answer {key[:12]} in {str(self.path)!r} was altered after it was kept. Ask again with a new file."
            )
        status, body, request, response, began, latency = row[:6]
        return Answer(status, body, request, response, began, latency, Used(*row[6:]), kept=True)

    def raw(self, digest: str) -> bytes:
        """Return the bytes of a request or response.

        Raises:
            LedgerError: they are not here, or were altered.
        """
        row = self._base.execute("SELECT content FROM raw WHERE digest = ?", (digest,)).fetchone()
        if row is None or sha256(row[0]).hexdigest() != digest:
            raise LedgerError(f"The bytes {digest[:12]} are not in {str(self.path)!r} as they were kept.")
        return bytes(row[0])

    async def begin(self, endpoint: str, key: str, began: str, estimate: float) -> int:
        """Write down that a call is about to be made; returns its number when that is durable."""
        number, self._next = self._next, self._next + 1
        said = (number, endpoint, key, began, estimate)
        await self._write(("INSERT INTO calls (n, endpoint, key, began, estimate) VALUES (?, ?, ?, ?, ?)", said))
        return number

    async def end(self, number: int, how: str, cost: float) -> None:
        """Write down that a call ended without an answer to keep, and what it may have cost."""
        await self._write(_ended(number, how, cost))

    async def keep(self, number: int, key: str, body: bytes, answer: Answer, cost: float) -> None:
        """Keep an answer with the bytes of both sides; returns when that is durable."""
        used = answer.used
        said = (
            key, number, answer.status, answer.request, answer.response, answer.began, answer.latency_ms,
            used.tokens_in, used.tokens_out, used.cost,
        )  # fmt: skip
        await self._write(
            *(self._bytes(d, content) for d, content in ((answer.request, body), (answer.response, answer.body))),
            ("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", said),
            _ended(number, "answered", cost),
        )
        self._answered.add(key)

    def _bytes(self, digest: str, content: bytes) -> Statement:
        return ("INSERT OR IGNORE INTO raw VALUES (?, ?)", (digest, content))

    async def _write(self, *statements: Statement) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((statements, done))
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._drain())
        # A caller that is cancelled must not take the writing of others with it.
        await asyncio.shield(done)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            statements = [statement for group, _ in batch for statement in group]
            try:
                await loop.run_in_executor(self._thread, self._commit, statements)
            except sqlite3.Error as error:
                _settle(batch, LedgerError(f"Answers cannot be kept in {str(self.path)!r}: {error}. Asking stops."))
            else:
                _settle(batch, None)

    def _commit(self, statements: Sequence[Statement]) -> None:
        try:
            self._base.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                self._base.execute(sql, values)
            self._base.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._base.execute("ROLLBACK")
            raise

    async def settle(self) -> None:
        """Wait until all that was handed over is written."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    def close(self) -> None:
        """Close the file; other processes may hold it then."""
        self._thread.shutdown(wait=True)
        self._base.close()


def _opened(path: Path) -> sqlite3.Connection:
    try:
        base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
        try:
            base.execute("PRAGMA locking_mode=EXCLUSIVE")
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=FULL")
            # The lock is taken by the first transaction, and kept.
            base.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        except BaseException:
            base.close()
            raise
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise LedgerError(
                f"Another run holds {str(path)!r}. Wait until it is over, or give this one a file of its own."
            ) from error
        raise LedgerError(f"{str(path)!r} cannot be opened: {error}. Is the disk writable?") from error
    except sqlite3.Error as error:
        raise LedgerError(f"{str(path)!r} is not a file of kept answers: {error}. Give another path.") from error
    return base


def _ended(number: int, how: str, cost: float) -> Statement:
    return ("UPDATE calls SET ended = ?, cost = ? WHERE n = ?", (how, cost, number))


def _settle(batch: Sequence[tuple[tuple[Statement, ...], asyncio.Future[None]]], problem: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if problem is None:
            done.set_result(None)
        else:
            done.set_exception(problem)
