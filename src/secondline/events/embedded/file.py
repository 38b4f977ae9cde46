"""The file: connections to the SQLite database that holds the log, its tables, and errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from secondline.events.log import LogError

BUSY = 30.0


@dataclass(frozen=True, slots=True)
class Format:
    """What a file of ours holds: its name in messages, its marks in the header of the file, its tables."""

    what: str
    application: int
    version: int
    tables: str


EVENTS = Format(
    "event log",
    0x5EC0_4E01,
    1,
    """
CREATE TABLE topic (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL) STRICT;
CREATE TABLE shard (
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, oldest INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE batch (
    id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, partition INTEGER NOT NULL,
    first INTEGER NOT NULL, next INTEGER NOT NULL, at INTEGER NOT NULL, seal BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX batch_place ON batch (topic, partition, next);
CREATE TABLE mark (
    topic INTEGER NOT NULL, team TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, team, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE member (
    topic INTEGER NOT NULL, team TEXT NOT NULL, name TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (topic, team, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE lease (
    topic INTEGER NOT NULL, team TEXT NOT NULL, partition INTEGER NOT NULL, name TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (topic, team, partition)
) STRICT, WITHOUT ROWID""",
)


def connect(path: Path, form: Format = EVENTS) -> sqlite3.Connection:
    """Open the file, and make it if there is none; only its owner may read it, for it holds what was decided on.

    Raises:
        LogError: it cannot be opened, or is not of this format.
    """
    with plain(path):
        # Only a file that nobody has open: to close any handle of it would drop the locks of this whole process, and
        # then another that closes its last connection removes the journal under us.
        if not path.exists():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        found = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = FULL")
            _prepare(found, path, form)
        except BaseException:
            found.close()
            raise
        return found


def _prepare(found: sqlite3.Connection, path: Path, form: Format) -> None:
    if _known(found, path, form):
        return
    with writing(found):
        if not _known(found, path, form):
            marks = (f"PRAGMA application_id = {form.application}", f"PRAGMA user_version = {form.version}")
            for statement in (*marks, *form.tables.split(";\n")):
                found.execute(statement)


def _known(found: sqlite3.Connection, path: Path, form: Format) -> bool:
    (application,) = found.execute("PRAGMA application_id").fetchone()
    (version,) = found.execute("PRAGMA user_version").fetchone()
    if (application, version) == (form.application, form.version):
        return True
    (tables,) = found.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application == form.application:
        raise LogError(f"'{path}' is of format {version}; this version of secondline reads {form.version}.")
    if tables:
        raise LogError(f"'{path}' is another database, not the {form.what}. Name another file.")
    return False


@contextmanager
def plain(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system says into one message about the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise LogError(f"'{path}' cannot be used: {error}.") from error
    except OSError as error:
        raise LogError(f"'{path}' cannot be opened: {error.strerror or error}.") from error


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body as one transaction that takes its turn among all processes; it is durable when the body is left."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body on one state of the file, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
