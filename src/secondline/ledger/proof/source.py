"""Sources: where the events are read from. Everything is read in batches; nothing is written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from secondline.ledger.proof.seals import BATCH, FIELDS, Row

Subject = tuple[str, int, str]


class Source(Protocol):
    """What a verification reads."""

    def events(self) -> Iterable[Row]:
        """Yield the events in order."""
        ...

    def by_subject(self) -> Iterable[Subject]:
        """Yield (subject, place, body) in order of subject and place."""
        ...

    def checkpoints(self) -> dict[int, str]:
        """Return the signed checkpoints by size."""
        ...

    def keys(self) -> tuple[str, ...]:
        """Return the service keys that came with the events."""
        ...

    def document(self, record: str, id_: str) -> Row | None:
        """Return (place, body) of a stored document."""
        ...

    def listed(self, record: str, id_: str) -> dict[str, Any]:
        """Return the row of a record in the list of its kind, by column."""
        ...

    def strays(self, counted: dict[str, int]) -> list[str]:
        """Return the documents that no event made, when there are not as many as *counted*."""
        ...


class Tables:
    """The tables of a ledger, by any way to run a query."""

    def __init__(self, run: Callable[[str, Row], list[Row]], tables: set[str]) -> None:
        """Read through *run*, from these tables."""
        self.run, self.tables = run, tables
        self._columns: dict[str, list[str]] = {}

    def events(self) -> Iterator[Row]:
        """Yield the events in order."""
        columns = ", ".join(FIELDS)
        query = f"SELECT {columns} FROM events WHERE seq > ? ORDER BY seq LIMIT {BATCH}"  # noqa: S608 - our own names
        place: Any = -(2**62)
        while rows := self.run(query, (place,)):
            yield from rows
            place = rows[-1][0]

    def by_subject(self) -> Iterator[Subject]:
        """Yield (subject, place, body) in order of subject and place."""
        query = (
            "SELECT subject, seq, body FROM events WHERE (subject, seq) > (?, ?) "  # noqa: S608 - a number of ours
            f"ORDER BY subject, seq LIMIT {BATCH}"
        )
        edge: Row = ("", 0)
        while rows := self.run(query, edge):
            yield from ((row[0], row[1], row[2]) for row in rows)
            edge = rows[-1][:2]

    def checkpoints(self) -> dict[int, str]:
        """Return the signed checkpoints by size."""
        rows = self.run("SELECT size, note FROM checkpoints", ()) if "checkpoints" in self.tables else []
        return {row[0]: row[1] for row in rows}

    def keys(self) -> tuple[str, ...]:
        """Return nothing: service keys are kept outside the database."""
        return ()

    def document(self, record: str, id_: str) -> Row | None:
        """Return (place, body) of a stored document."""
        return next(iter(self.run("SELECT seq, body FROM docs WHERE record = ? AND id = ?", (record, id_))), None)

    def listed(self, record: str, id_: str) -> dict[str, Any]:
        """Return the row of a record in the list of its kind, by column."""
        if f"now_{record}" not in self.tables:
            return {}
        columns = self.columns(f"now_{record}")
        quoted = [f'"{column}"' for column in columns]
        rows = self.run(f'SELECT {", ".join(quoted)} FROM "now_{record}" WHERE id = ?', (id_,))  # noqa: S608 - a table that is there
        return dict(zip(columns, rows[0], strict=True)) if rows else {"state": None}

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        if table not in self._columns:
            self._columns[table] = [row[0] for row in self.run("SELECT name FROM pragma_table_info(?)", (table,))]
        return self._columns[table]

    def strays(self, counted: dict[str, int]) -> list[str]:
        """Return the documents that no event made."""
        if dict(self.run("SELECT record, count(*) FROM docs GROUP BY record", ())) == counted:
            return []
        made = "SELECT 1 FROM events e WHERE e.subject = d.record || '/' || d.id"
        return [row[0] for row in self.run(f"SELECT record || '/' || id FROM docs d WHERE NOT EXISTS ({made})", ())]  # noqa: S608 - our own names


class File(Tables):
    """A record folder's SQLite file, at one moment."""

    def __init__(self, file: Path) -> None:
        """Open the file for reading only."""
        self.connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        self.connection.execute("BEGIN")
        super().__init__(self._rows, set())
        self.tables = {row[0] for row in self.run("SELECT name FROM sqlite_master WHERE type = 'table'", ())}

    def close(self) -> None:
        """Let the file go."""
        self.connection.close()

    def _rows(self, statement: str, values: Row) -> list[Row]:
        try:
            return self.connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            if "UTF-8" not in str(error):
                raise
            # Text that is no UTF-8 any more must fail its seal, not the reading of it.
            self.connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            return self.connection.execute(statement, values).fetchall()


class Export:
    """An export: one JSON object a line, `{"event": [...]}` and so on. Documents are folded in memory."""

    def __init__(self, file: Path) -> None:
        """Read *file* as often as needed."""
        self.file = file
        self.docs: dict[Row, Row] = {(row[0], row[1]): (row[2], row[3]) for row in self._lines("doc")}
        self.lists: dict[Row, dict[str, Any]] = {(row[0], row[1]["id"]): row[1] for row in self._lines("now")}

    def _lines(self, kind: str) -> Iterator[Any]:
        start = f'{{"{kind}":'
        with self.file.open(encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                if line.startswith(start):
                    yield json.loads(line)[kind]

    def events(self) -> Iterator[Row]:
        """Yield the events in order."""
        return (tuple(found) for found in self._lines("event"))

    def by_subject(self) -> list[Subject]:
        """Return (subject, place, body) in order of subject and place."""
        return sorted((row[4], row[0], row[5]) for row in self.events())

    def checkpoints(self) -> dict[int, str]:
        """Return the signed checkpoints by size."""
        return {row[0]: row[1] for row in self._lines("checkpoint")}

    def keys(self) -> tuple[str, ...]:
        """Return the service keys that came with the events."""
        return tuple(self._lines("key"))

    def document(self, record: str, id_: str) -> Row | None:
        """Return (place, body) of a stored document."""
        return self.docs.get((record, id_))

    def listed(self, record: str, id_: str) -> dict[str, Any]:
        """Return the row of a record in the list of its kind, by column."""
        return self.lists.get((record, id_), {})

    def strays(self, counted: dict[str, int]) -> list[str]:
        """Return the documents that no event made."""
        made = {subject for subject, _, _ in self.by_subject()} if len(self.docs) != sum(counted.values()) else None
        return [] if made is None else [f"{r}/{i}" for r, i in self.docs if f"{r}/{i}" not in made]
