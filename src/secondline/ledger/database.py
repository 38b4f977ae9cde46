"""Database: the tables of one ledger, in SQLite or on a server, written by one writer at a time."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import LedgerError, MissingExtra
from secondline.ledger import tables
from secondline.ledger.events import Event
from secondline.ledger.proof.seals import GENESIS
from secondline.ledger.sql import insert, run

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

FILE = "ledger.sqlite"
LOCK = 0x5EC0_11D1  # the advisory lock of the chain on PostgreSQL


class Transactions:
    """Transactions over the tables of a SQLite file or a server; errors of the database become one sentence."""

    what = "ledger"
    lock: int | None = LOCK
    """The advisory lock that a writer on PostgreSQL takes first; None where none is needed."""

    def __init__(self, place: Path | str) -> None:
        """Open a file or a database URL."""
        self.place = shown(place)
        self.engine = open_engine(place)
        weakref.finalize(self, self.engine.dispose)
        self.serial = self.engine.dialect.name == "sqlite"
        # A writer must see what was committed while it waited for the lock; a reader must see one moment.
        level = "AUTOCOMMIT" if self.serial else "REPEATABLE READ"
        self._readers = self.engine.execution_options(isolation_level=level)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change the tables, all or nothing; the one write lock is taken before looking."""
        with self.plain(), self.engine.connect() as connection:
            if not self.serial:
                with connection.begin():
                    if self.lock is not None:
                        run(connection, "SELECT pg_advisory_xact_lock(?)", (self.lock,))
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
        """Look at one moment of the tables."""
        with self.plain(), self._readers.connect() as connection:
            if self.serial:
                connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK") if self.serial else connection.rollback()

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Turn the database's errors into one sentence."""
        from sqlalchemy.exc import DBAPIError

        driver: Any = self.engine.dialect.loaded_dbapi
        faults: tuple[type[Exception], ...] = (DBAPIError, driver.Error)  # the hot path meets the driver's unwrapped
        try:
            yield
        except faults as error:
            said = str(getattr(error, "orig", error)).strip()
            raise LedgerError(f"The {self.what} {self.place!r} cannot be used: {said}.") from error


class Database(Transactions):
    """The tables of one ledger."""

    def __init__(self, place: Path | str) -> None:
        """Open *place*, a file or a database URL, creating the tables when it is new and migrating them when old.

        Raises:
            LedgerError: it cannot be opened, or holds something else.
        """
        super().__init__(place)
        with self.writing() as connection:
            self.migrated = self._check(connection)

    def _check(self, connection: Connection) -> bool:
        from secondline.ledger.migrations import migrate
        from secondline.ledger.projection import fresh, rebuild

        migrated = migrate(connection, self.place)
        if not fresh(connection):
            rebuild(connection)
        return migrated

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
    return Event(*(getattr(row, name) for name in tables.EVENT_FIELDS))


def last(connection: Connection) -> tuple[int, str, str]:
    """Return place, seal and time of the last event."""
    row = run(connection, "SELECT seq, seal, at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1], row[2]) if row else (0, GENESIS, "")


def append(connection: Connection, event: Event, sign: Callable[[Event], str] | None = None) -> Event:
    """Write one event, sealed, as the next link; its place, time order, link and signature are set here."""
    seq, seal, at = last(connection)
    placed = replace(event, seq=seq + 1, previous=seal, at=max(at, event.at))
    sealed = (replace(placed, signature=sign(placed)) if sign else placed).sealed()
    run(connection, insert("events", tables.EVENT_FIELDS), [getattr(sealed, name) for name in tables.EVENT_FIELDS])
    return sealed


def database_of(folder: Path, database: str = "") -> Path | str:
    """Return where the database is: at the URL given, at that of SECONDLINE_DATABASE, or a file in the folder."""
    return database or os.environ.get("SECONDLINE_DATABASE", "") or folder / FILE


def shown(place: Path | str) -> str:
    """Return how messages name a database: a URL never with its password."""
    if isinstance(place, Path):
        return str(place)
    from sqlalchemy.engine import make_url

    return make_url(_driver(place)).render_as_string(hide_password=True)


def _driver(url: str) -> str:
    """Name the driver where the URL leaves it open.

    Raises:
        LedgerError: it is no URL of a database we write to.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    for short in ("postgresql://", "postgres://"):
        url = "postgresql+psycopg://" + url[len(short) :] if url.startswith(short) else url
    try:
        fits = make_url(url).drivername in {"postgresql+psycopg", "sqlite"}
    except (ArgumentError, ValueError):
        fits = False
    if not fits:
        raise LedgerError("The database must be a URL such as postgresql://USER@HOST/NAME (or left out: a file).")
    return url


def open_engine(place: Path | str) -> Engine:
    """Return the engine of a file or a database URL.

    Raises:
        LedgerError: it is no URL of a database we write to.
        MissingExtra: PostgreSQL is asked for and its driver is not installed.
    """
    from sqlalchemy import create_engine, event

    url = f"sqlite:///{place}" if isinstance(place, Path) else _driver(place)
    if not url.startswith("sqlite"):
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise MissingExtra.needs("A ledger on PostgreSQL", "postgres") from error
    # Transactions are begun by hand, so that a writer takes the lock before it looks.
    settings = {"timeout": 60, "check_same_thread": False}
    engine = create_engine(url, connect_args=settings, isolation_level="AUTOCOMMIT")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "trusted_schema = OFF", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
