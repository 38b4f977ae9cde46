"""SQL: plain statements with bound values, the same on SQLite and PostgreSQL. The hot path builds no expressions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection


def run(connection: Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """Run *statement*, in which ``?`` stands for a value, by the driver itself; returns its cursor."""
    raw: Any = connection.connection.driver_connection
    return raw.execute(_worded(statement, connection.dialect.paramstyle), tuple(values))


def value(connection: Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """Return the first column of the first row, or None."""
    row = run(connection, statement, values).fetchone()
    return row[0] if row else None


def run_many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run *statement* once for each row of values."""
    if rows:
        raw: Any = connection.connection.driver_connection
        raw.cursor().executemany(_worded(statement, connection.dialect.paramstyle), rows)


@cache
def _worded(statement: str, style: str) -> str:
    return statement if style == "qmark" else statement.replace("?", "%s")


@cache
def insert(table: str, names: Sequence[str]) -> str:
    """Return the statement that inserts one row; names are ours, never a user's."""
    columns = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - our own names


@cache
def update(table: str, names: Sequence[str], keys: Sequence[str]) -> str:
    """Return the statement that sets *names* where *keys* equal."""
    sets, where = ", ".join(f'"{n}" = ?' for n in names), " AND ".join(f'"{k}" = ?' for k in keys)
    return f'UPDATE "{table}" SET {sets} WHERE {where}'  # noqa: S608 - our own names
