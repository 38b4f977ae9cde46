"""Database: the SQL half of the monitor's state, in SQLite (WAL, every commit synced) or PostgreSQL."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import LedgerError
from secondline.ledger.database import open_engine, shown
from secondline.ledger.sql import run, value
from secondline.monitor import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCK = 0x5EC0_11D2
"""The advisory lock under which PostgreSQL makes the tables."""


class Database:
    """Transactions over the monitor's tables."""

    def __init__(self, place: Path | str) -> None:
        """Open a file or a database URL, making the tables when it is new.

        Raises:
            LedgerError: it cannot be opened, or another version of secondline wrote it.
            MissingExtra: PostgreSQL is asked for and its driver is not installed.
        """
        self.place = shown(place)
        self.engine = open_engine(place)
        weakref.finalize(self, self.engine.dispose)
        self.serial = self.engine.dialect.name == "sqlite"
        with self.writing() as connection:
            self._prepare(connection)

    def _prepare(self, connection: Connection) -> None:
        if not self.serial:
            run(connection, "SELECT pg_advisory_xact_lock(?)", (LOCK,))
        tables.metadata().create_all(connection, tables=tables.every())
        run(
            connection, "INSERT INTO monitor_meta (name, value) VALUES ('version', ?) ON CONFLICT DO NOTHING",
            (tables.VERSION,),
        )  # fmt: skip
        run(
            connection, "INSERT INTO monitor_meta (name, value) VALUES ('id', ?) ON CONFLICT DO NOTHING",
            (uuid.uuid4().hex[:16],),
        )  # fmt: skip
        self.id = str(value(connection, "SELECT value FROM monitor_meta WHERE name = 'id'"))
        found = value(connection, "SELECT value FROM monitor_meta WHERE name = 'version'")
        if found != tables.VERSION:
            raise LedgerError(
                f"The monitor's state {self.place!r} is of version {found}, and this secondline knows "
                f"{tables.VERSION}. Use the secondline that wrote it, or take the events in again into a new state."
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change the state, all or nothing; on SQLite the one write lock is taken before looking."""
        with self._plain(), self.engine.connect() as connection:
            if not self.serial:
                with connection.begin():
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
        """Look at one moment of the state."""
        level = "AUTOCOMMIT" if self.serial else "REPEATABLE READ"
        readers = self.engine.execution_options(isolation_level=level)
        with self._plain(), readers.connect() as connection:
            if self.serial:
                connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK") if self.serial else connection.rollback()

    @contextmanager
    def _plain(self) -> Iterator[None]:
        from sqlalchemy.exc import DBAPIError

        driver: Any = self.engine.dialect.loaded_dbapi
        faults: tuple[type[Exception], ...] = (DBAPIError, driver.Error)
        try:
            yield
        except faults as error:
            said = str(getattr(error, "orig", error)).strip()
            raise LedgerError(f"The monitor's state {self.place!r} cannot be used: {said}.") from error
