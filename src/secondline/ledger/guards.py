"""Guards: triggers that refuse to change or remove what is append-only. They stop accidents; seals detect the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

GUARDED = ("events", "checkpoints")
REFUSAL = (
    "CREATE FUNCTION secondline_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
)


def guard(connection: Connection) -> None:
    """Put the triggers in place."""
    for statement in _sqlite() if connection.dialect.name == "sqlite" else _postgres():
        connection.exec_driver_sql(statement)


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for table in GUARDED
        for verb in ("UPDATE", "DELETE")
    ]


def _postgres() -> list[str]:
    return [
        REFUSAL,
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION secondline_refuse()"
            for table in GUARDED
        ),
    ]
