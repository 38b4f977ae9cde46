"""Database: the SQL half of the monitor's state, in SQLite (WAL, every commit synced) or PostgreSQL."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import LedgerError
from secondline.ledger.database import Transactions
from secondline.ledger.sql import run, value
from secondline.monitor import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOCK = 0x5EC0_11D2
"""The advisory lock under which PostgreSQL makes the tables."""


class Database(Transactions):
    """Transactions over the monitor's tables; on PostgreSQL its writers need no lock but to make the tables."""

    what = "monitor's state"
    lock = None

    def __init__(self, place: Path | str) -> None:
        """Open a file or a database URL, making the tables when it is new.

        Raises:
            LedgerError: it cannot be opened, or another version of secondline wrote it.
            MissingExtra: PostgreSQL is asked for and its driver is not installed.
        """
        super().__init__(place)
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
