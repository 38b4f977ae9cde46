"""Migrations: the history of the tables of truth. Derived tables have none: they are thrown away and rebuilt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import LedgerError
from secondline.ledger.sql import insert, run, value

if TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST = "0001"
KNOWN = (FIRST, "0002")
HEAD = KNOWN[-1]
MAKE_STAMP = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


def migrate(connection: Connection, place: str) -> bool:
    """Bring the tables of truth up to this version of secondline, all or nothing; returns whether any were there.

    Raises:
        LedgerError: a newer secondline, or one from before the first schema, wrote them.
    """
    from sqlalchemy import inspect

    found = inspect(connection)
    if not found.has_table("events"):
        _create(connection)
        return False
    if "body" not in {column["name"] for column in found.get_columns("events")}:
        raise LedgerError(f"{place!r} was written by a pre-release of secondline whose ledger this one does not read.")
    if not found.has_table("alembic_version"):  # as the first schema was made, before there were migrations
        _stamp(connection, FIRST)
    here = version(connection)
    if here not in KNOWN:
        raise LedgerError(
            f"{place!r} was written by a newer secondline (schema {here}; this one knows {FIRST} to {HEAD}). "
            "Upgrade secondline; nothing was changed."
        )
    if here != HEAD:
        upgrade(connection, HEAD)
    return here != HEAD


def version(connection: Connection) -> str:
    """Return the revision that the tables of truth are at."""
    return str(value(connection, "SELECT version_num FROM alembic_version"))


def upgrade(connection: Connection, to: str) -> None:
    """Run the migrations up to a revision, inside the transaction that is open."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _create(connection: Connection) -> None:
    """Make the newest tables at once; a test holds that this equals running every migration."""
    from secondline.ledger import tables
    from secondline.ledger.guards import guard

    for statement in tables.statements(connection.dialect, tables.truth()):
        connection.exec_driver_sql(statement)
    guard(connection)
    _stamp(connection, HEAD)


def _stamp(connection: Connection, revision: str) -> None:
    connection.exec_driver_sql(MAKE_STAMP)
    run(connection, insert("alembic_version", ("version_num",)), (revision,))
