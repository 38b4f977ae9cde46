"""Database: the tables of one ledger, in SQLite or on a server, written by one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import LedgerError
from secondline.ledger import tables
from secondline.ledger.events import GENESIS, Event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FILE = "ledger.sqlite"
LOCK = 0x5EC0_11D1  # the advisory lock of the chain on PostgreSQL


class Database:
    """The tables of one ledger."""

    def __init__(self, place: Path | str) -> None:
        """Open *place*, a file or a database URL, creating the tables when it is new.

        Raises:
            LedgerError: it cannot be opened, or holds something else.
        """
        self.place = str(place)
        with self.plain():
            self.engine = open_engine(place)
            self.serial = self.engine.dialect.name == "sqlite"
            tables.every()  # declared before they are made
            with self.writing() as connection:
                self._check(connection)

    def _check(self, connection: Connection) -> None:
        from sqlalchemy import inspect

        from secondline.ledger.projection import fresh, rebuild

        found = inspect(connection)
        if found.has_table("events") and "body" not in {c["name"] for c in found.get_columns("events")}:
            raise LedgerError(
                f"{self.place!r} was written by a pre-release of secondline whose ledger this one does not read."
            )
        if not found.has_table("meta"):
            tables.metadata().create_all(connection)
        if not fresh(connection):
            rebuild(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Take the one write lock before looking, so that two writers never claim one place."""
        from sqlalchemy import text

        with self.plain(), self.engine.connect() as connection:
            if not self.serial:
                with connection.begin():
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                    yield connection
                return
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Look at one moment of the ledger."""
        with self.plain(), self.engine.connect() as connection:
            if self.serial:
                connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback() if not self.serial else connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Turn the database's errors into one sentence."""
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            raise LedgerError(f"The ledger {self.place!r} cannot be used: {error.orig}.") from error

    def read(self, *, kind: str | None = None, subject: str | None = None, after: int = 0) -> list[Event]:
        """Return the events in order, all or of one kind or subject, after a place."""
        from sqlalchemy import select

        events = tables.events()
        query = select(events).where(events.c.seq > after).order_by(events.c.seq)
        if kind is not None:
            query = query.where(events.c.kind == kind)
        if subject is not None:
            query = query.where(events.c.subject == subject)
        with self.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]


def event_of(row: Any) -> Event:
    """Return a row of the table of events as an event."""
    return Event(**{name: getattr(row, name) for name in tables.EVENT_FIELDS})


def last(connection: Connection) -> tuple[int, str, str]:
    """Return place, seal and time of the last event."""
    from sqlalchemy import select

    events = tables.events()
    row = connection.execute(
        select(events.c.seq, events.c.seal, events.c.at).order_by(events.c.seq.desc()).limit(1)
    ).first()
    return (row.seq, row.seal, row.at) if row else (0, GENESIS, "")


def append(connection: Connection, event: Event) -> Event:
    """Write one event, sealed, as the next link; its place, time order and link are set here."""
    from dataclasses import replace

    seq, seal, at = last(connection)
    sealed = replace(event, seq=seq + 1, previous=seal, at=max(at, event.at)).sealed()
    values = {name: getattr(sealed, name) for name in tables.EVENT_FIELDS}
    connection.execute(tables.events().insert(), values)
    return sealed


def open_engine(place: Path | str) -> Engine:
    """Return the engine of a file or a database URL."""
    from sqlalchemy import create_engine, event

    if not isinstance(place, Path):
        return create_engine(place, pool_pre_ping=True)
    # Transactions are begun by hand, so that a writer takes the lock before it looks.
    settings = {"timeout": 60, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{place}", connect_args=settings, isolation_level="AUTOCOMMIT")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "trusted_schema = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
