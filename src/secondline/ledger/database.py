"""Database: the table of events, through SQLAlchemy so that a server can take SQLite's place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.core.errors import LedgerError
from secondline.ledger.events import GENESIS, Event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

SCHEMA_VERSION = 1
FILE = "ledger.sqlite"


class Database:
    """The event table of one ledger."""

    def __init__(self, file: Path) -> None:
        """Open *file*, creating the table when it is new.

        Raises:
            LedgerError: the file cannot be opened, is no ledger, or was written by a newer secondline.
        """
        self.file = file
        with plain(file):
            self.engine = _engine(file)
            self.events = _table()
            with self._writing() as connection:
                self._check_version(connection)
                self.events.metadata.create_all(connection)

    def _check_version(self, connection: Connection) -> None:
        found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if found > SCHEMA_VERSION:
            raise LedgerError(
                f"{str(self.file)!r} is of a newer secondline (format {found}, this one knows {SCHEMA_VERSION})."
            )
        if found < SCHEMA_VERSION:
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def append(self, make: Callable[[int, str], Event]) -> Event:
        """Add one event in one transaction; *make* gets its place and the seal before it."""
        from sqlalchemy import select

        with plain(self.file), self._writing() as connection:
            last = connection.execute(select(self.events).order_by(self.events.c.seq.desc()).limit(1)).first()
            event = make(last.seq + 1 if last else 1, last.seal if last else GENESIS).sealed()
            connection.execute(self.events.insert().values(**_row(event)))
        return event

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Take the write lock before looking at the last event, so that two writers never claim one place."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def read(self, *, kind: str | None = None, subject: str | None = None) -> list[Event]:
        """Return the events in order, all or of one kind or subject."""
        from sqlalchemy import select

        query = select(self.events).order_by(self.events.c.seq)
        if kind is not None:
            query = query.where(self.events.c.kind == kind)
        if subject is not None:
            query = query.where(self.events.c.subject == subject)
        with plain(self.file), self.engine.connect() as connection:
            return [_event(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def _table() -> Table:
    from sqlalchemy import Column, Integer, MetaData, Table, Text

    texts = [Column(name, Text, nullable=False) for name in ("at", "actor", "kind", "subject", "payload", "previous")]
    return Table(
        "events", MetaData(), Column("seq", Integer, primary_key=True), *texts, Column("seal", Text, unique=True)
    )


def _engine(file: Path) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    return engine


@contextmanager
def plain(file: Path) -> Iterator[None]:
    """Turn the database's errors into one sentence about the file."""
    from sqlalchemy.exc import DBAPIError, OperationalError

    try:
        yield
    except (OperationalError, DBAPIError) as error:
        raise LedgerError(f"The ledger {str(file)!r} cannot be used: {error.orig}.") from error


def _row(event: Event) -> dict[str, Any]:
    names = ("seq", "at", "actor", "kind", "subject", "previous", "seal")
    return {name: getattr(event, name) for name in names} | {"payload": canonical(event.payload)}


def _event(row: Any) -> Event:
    try:
        payload = json.loads(row["payload"])
    except ValueError:
        payload = {"unreadable": str(row["payload"])}
    return Event(**{**row, "payload": payload if isinstance(payload, dict) else {"unreadable": payload}})
