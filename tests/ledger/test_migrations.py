"""Migrations: from every earlier schema to the newest, all or nothing, and never from a newer one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.estates import change, grown
from secondline.core.errors import LedgerError
from secondline.ledger.database import FILE, Database, open_engine
from secondline.ledger.migrations import HEAD, KNOWN, upgrade, version
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify


def aged(folder: Path, revision: str) -> list[tuple[object, ...]]:
    """Fill a ledger and take it back to an earlier schema, as that version of secondline left it; return its events."""
    grown(Ledger.open(folder), 3, 300)
    db = sqlite3.connect(folder / FILE)
    with db:
        if revision == "0001":  # before migrations, checkpoints and guards
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            db.execute("DROP TABLE checkpoints")
            db.execute("DROP TABLE alembic_version")
        rows = db.execute("SELECT * FROM events").fetchall()
    db.close()
    return rows


def schema(file: Path) -> set[tuple[str, str]]:
    """Return every table, index and trigger with its definition, layout aside."""
    db = sqlite3.connect(file)
    rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    db.close()
    return {(name, "".join(sql.split()).replace('"', "")) for name, sql in rows}


@pytest.mark.parametrize("revision", KNOWN)
def test_every_earlier_schema_comes_up(tmp_path: Path, revision: str) -> None:
    """Events are the same, row by row; due checkpoints are signed; acts go on; all verifies."""
    before = aged(tmp_path, revision)
    ledger = Ledger.open(tmp_path)
    assert ledger.database.migrated == (revision != HEAD)
    assert [event.row() for event in ledger.database.read()] == before
    assert verify(tmp_path).problems == ()
    ledger.acts([change("m0", description="after")])
    with ledger.database.reading() as connection:
        assert version(connection) == HEAD


def test_migrating_gives_what_a_new_ledger_gets(tmp_path: Path) -> None:
    """The schema after all migrations equals the one made at once."""
    new, old = tmp_path / "new.sqlite", tmp_path / "old.sqlite"
    Database(new)
    with open_engine(old).connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        upgrade(connection, HEAD)
        connection.exec_driver_sql("COMMIT")
    made = schema(old)
    assert made - {p for p in made if p[0] == "alembic_version"} <= schema(new)
    assert {"events", "meta", "checkpoints", "alembic_version"} <= {name for name, _ in made}


def test_migrating_a_server(fresh_url: str, tmp_path: Path) -> None:
    """On PostgreSQL the migrations make a ledger that works and guards itself."""
    engine = open_engine(fresh_url)
    with engine.connect() as connection, connection.begin():
        upgrade(connection, "0001")
    engine.dispose()
    ledger = Ledger.open(tmp_path, database=fresh_url)
    assert ledger.database.migrated
    grown(ledger, 2, 260)
    assert verify(tmp_path, database=fresh_url).problems == ()


KILLED = """
import os, sys
from pathlib import Path
import secondline.ledger.guards as guards
guards.guard = lambda connection: os._exit(9)
from secondline.ledger.store import Ledger
Ledger.open(Path(sys.argv[1]))
"""


def test_killed_in_the_middle_it_starts_over(tmp_path: Path) -> None:
    """A process that dies between two steps of a migration leaves the old schema, and the next one goes through."""
    before = aged(tmp_path, "0001")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, check=False)
    assert done.returncode == 9
    assert "checkpoints" not in {name for name, _ in schema(tmp_path / FILE)}
    assert [event.row() for event in Ledger.open(tmp_path).database.read()] == before
    assert verify(tmp_path).problems == ()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """Nothing is touched, and the message says what to do."""
    Ledger.open(tmp_path)
    db = sqlite3.connect(tmp_path / FILE)
    with db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    with pytest.raises(LedgerError, match=r"newer secondline \(schema 9999; .*Upgrade secondline"):
        Ledger.open(tmp_path)


def test_a_foreign_table_of_events_is_refused(tmp_path: Path) -> None:
    """A ledger from before the first schema is not guessed at."""
    db = sqlite3.connect(tmp_path / FILE)
    with db:
        db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, payload TEXT)")
    db.close()
    with pytest.raises(LedgerError, match="pre-release"):
        Ledger.open(tmp_path)
