"""Projection: the records as they stand and as they stood, folded from the events in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.govern.record import RECORDS, merged
from secondline.ledger import tables
from secondline.ledger.events import Event
from secondline.ledger.sql import insert, run, run_many, update, value
from secondline.ledger.tables import DOC_FIELDS, EVENT_FIELDS, NOW, WAS

if TYPE_CHECKING:
    from sqlalchemy import Connection

BATCH = 20_000


def project(connection: Connection, event: Event, before: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Fold one event into its record: *before* is the document, *seen* the event that last changed it (0: none)."""
    doc = merged(before, event.changes)
    _keep(connection, event, doc, seen)
    _facets(connection, event, doc, before, seen)
    return doc


def _keep(connection: Connection, event: Event, doc: Mapping[str, Any], seen: int) -> None:
    body = canonical(doc)
    if seen:
        statement = update("docs", ("seq", "body"), ("record", "id"))
        run(connection, statement, (event.seq, body, event.record, event.id))
    else:
        number = next_number(connection, event.record)
        run(connection, insert("docs", DOC_FIELDS), (event.record, event.id, number, event.seq, body))


def next_number(connection: Connection, record: str) -> int:
    """Return the number the next record of a kind gets."""
    return (value(connection, "SELECT max(n) FROM docs WHERE record = ?", (record,)) or 0) + 1


def row_of(record: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facets of a document."""
    return {name: doc.get(name, default) for name, default in _defaults(record)}


@cache
def _defaults(record: str) -> tuple[tuple[str, Any], ...]:
    """Return each facet with what a list shows where the document does not state it."""
    kind = RECORDS[record]
    given = ((name, kind.shape.model_fields[name].default) for name in kind.facets)
    return (("state", ""), *((n, v if isinstance(v, (str, int, float, bool)) else None) for n, v in given))


def _facets(connection: Connection, event: Event, doc: Mapping[str, Any], before: Mapping[str, Any], seen: int) -> None:
    record = event.record
    if record not in RECORDS:
        return
    new, names = row_of(record, doc), facet_names(record)
    if not seen:
        run(connection, insert(f"{NOW}_{record}", ("id", "since", *names)), (event.id, event.seq, *new.values()))
        return
    old = row_of(record, before)
    if old == new:
        return
    since = value(connection, f'SELECT since FROM "{NOW}_{record}" WHERE id = ?', (event.id,))  # noqa: S608 - a record's name
    was = insert(f"{WAS}_{record}", ("id", "since", "until", *names))
    run(connection, was, (event.id, since, event.seq, *old.values()))
    now = update(f"{NOW}_{record}", ("since", *names), ("id",))
    run(connection, now, (event.seq, *new.values(), event.id))


def facet_names(record: str) -> tuple[str, ...]:
    """Return the columns that hold a record's facets."""
    return ("state", *RECORDS[record].facets)


@cache
def _facet_set(record: str) -> frozenset[str]:
    return frozenset(facet_names(record))


def fresh(connection: Connection) -> bool:
    """Whether the derived tables hold what this version of the law says they should."""
    found: str | None = value(connection, "SELECT value FROM meta WHERE name = 'derived'")
    return found == tables.shape_of_derived()


@dataclass(slots=True)
class Standing:
    """A record while the events are folded: its document, its last event, and since when its facets hold."""

    n: int
    doc: dict[str, Any] = field(default_factory=dict)
    seq: int = 0
    since: int = 0
    row: dict[str, Any] = field(default_factory=dict)

    def fold(self, record: str, seq: int, changes: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Take one more event in; returns the facets it replaced, as (since, until, values...), if it did."""
        self.doc, self.seq, replaced = merged(self.doc, changes), seq, None
        if record in RECORDS and (not self.since or not _facet_set(record).isdisjoint(changes)):
            new = row_of(record, self.doc)
            if new != self.row:
                replaced = (self.since, seq, *self.row.values()) if self.since else None
                self.row, self.since = new, seq
        return replaced


def rebuild(connection: Connection) -> int:
    """Throw the derived tables away and fold all events again; returns how many records there are."""
    from sqlalchemy import inspect

    made = set(inspect(connection).get_table_names())
    stale = [name for name in made if name.split("_")[0] in {NOW, WAS} or name == "docs"]
    for name in stale:
        connection.exec_driver_sql(f'DROP TABLE "{name}"')
    for statement in tables.statements(connection.dialect, tables.derived()):
        connection.exec_driver_sql(statement)
    standing = _folded(connection)
    for record, mine in standing.items():
        run_many(connection, insert("docs", DOC_FIELDS),
                 [(record, id_, s.n, s.seq, canonical(s.doc)) for id_, s in mine.items()])  # fmt: skip
        if record in RECORDS:
            run_many(connection, insert(f"{NOW}_{record}", ("id", "since", *facet_names(record))),
                     [(id_, s.since, *s.row.values()) for id_, s in mine.items()])  # fmt: skip
    run(connection, "DELETE FROM meta WHERE name = 'derived'")
    run(connection, insert("meta", ("name", "value")), ("derived", tables.shape_of_derived()))
    look_over(connection)
    return sum(map(len, standing.values()))


def look_over(connection: Connection) -> None:
    """Let the database sample how its rows are spread, so that it plans well."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
    connection.exec_driver_sql("ANALYZE")


def _folded(connection: Connection) -> dict[str, dict[str, Standing]]:
    standing: dict[str, dict[str, Standing]] = {}
    for batch in batches(connection):
        replaced: dict[str, list[tuple[Any, ...]]] = {}
        for event in batch:
            if "set" not in event.payload:
                continue
            mine, record = standing.setdefault(event.record, {}), event.record
            one = mine.setdefault(event.id, Standing(len(mine) + 1))
            old = one.fold(record, event.seq, event.changes)
            if old:
                replaced.setdefault(record, []).append((event.id, *old))
        for record, rows in replaced.items():
            run_many(connection, insert(f"{WAS}_{record}", ("id", "since", "until", *facet_names(record))), rows)
    return standing


def batches(connection: Connection, after: int = 0) -> Iterator[list[Event]]:
    """Yield the events in order, so many at a time."""
    columns = ", ".join(EVENT_FIELDS)
    statement = f"SELECT {columns} FROM events WHERE seq > ? ORDER BY seq LIMIT {BATCH}"  # noqa: S608 - our own names
    while rows := run(connection, statement, (after,)).fetchall():
        yield [Event(*row) for row in rows]
        after = rows[-1][0]


def load(body: str) -> dict[str, Any]:
    """Return a stored document."""
    found: dict[str, Any] = json.loads(body)
    return found
