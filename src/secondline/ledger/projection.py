"""Projection: the records as they stand and as they stood, folded from the events in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import canonical
from secondline.govern.record import RECORDS, merged
from secondline.ledger import tables
from secondline.ledger.events import Event
from secondline.ledger.tables import NOW, WAS

if TYPE_CHECKING:
    from sqlalchemy import Connection

BATCH = 20_000


def project(connection: Connection, event: Event, before: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Fold one event into its record: *before* is the document, *seen* the event that last changed it (0: none)."""
    doc = merged(before, event.changes)
    _keep(connection, event, doc, seen)
    _facets(connection, event, doc, seen)
    return doc


def _keep(connection: Connection, event: Event, doc: Mapping[str, Any], seen: int) -> None:
    docs, body = tables.docs(), canonical(doc)
    if seen:
        where = (docs.c.record == event.record) & (docs.c.id == event.id)
        connection.execute(docs.update().where(where).values(seq=event.seq, body=body))
        return
    number = next_number(connection, event.record)
    connection.execute(
        docs.insert(), {"record": event.record, "id": event.id, "n": number, "seq": event.seq, "body": body}
    )


def next_number(connection: Connection, record: str) -> int:
    """Return the number the next record of a kind gets."""
    from sqlalchemy import func, select

    docs = tables.docs()
    return (connection.execute(select(func.max(docs.c.n)).where(docs.c.record == record)).scalar() or 0) + 1


def row_of(record: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facets of a document."""
    kind = RECORDS[record]
    defaults = kind.shape.model_fields
    return {"state": str(doc.get("state", ""))} | {
        name: doc.get(name, _default(defaults[name])) for name in kind.facets
    }


def _default(field: Any) -> Any:
    return field.default if isinstance(field.default, (str, int, float, bool)) else None


def _facets(connection: Connection, event: Event, doc: Mapping[str, Any], seen: int) -> None:
    if event.record not in RECORDS:
        return
    now, new = tables.facets(event.record, NOW), row_of(event.record, doc)
    if not seen:
        connection.execute(now.insert(), {"id": event.id, "since": event.seq, **new})
        return
    from sqlalchemy import select

    old = connection.execute(select(now).where(now.c.id == event.id)).one()._asdict()
    if all(old[name] == value for name, value in new.items()):
        return
    connection.execute(tables.facets(event.record, WAS).insert(), {**old, "until": event.seq})
    connection.execute(now.update().where(now.c.id == event.id).values(since=event.seq, **new))


def fresh(connection: Connection) -> bool:
    """Whether the derived tables hold what this version of the law says they should."""
    from sqlalchemy import select

    meta = tables.meta()
    found = connection.execute(select(meta.c.value).where(meta.c.name == "derived")).scalar()
    return found == tables.shape_of_derived()


def rebuild(connection: Connection) -> None:
    """Throw the derived tables away and fold all events again."""
    from sqlalchemy import inspect

    from secondline.ledger.database import event_of

    made = set(inspect(connection).get_table_names())
    stale = [name for name in made if name.split("_")[0] in {NOW, WAS} or name == "docs"]
    for name in stale:
        connection.exec_driver_sql(f'DROP TABLE "{name}"')
    tables.metadata().create_all(connection, tables=tables.derived())
    standing: dict[str, tuple[dict[str, Any], int]] = {}
    events, place = tables.events(), 0
    while rows := connection.execute(
        events.select().where(events.c.seq > place).order_by(events.c.seq).limit(BATCH)
    ).all():
        for row in rows:
            event = event_of(row)
            if "set" in event.payload:
                before, seen = standing.get(event.subject, ({}, 0))
                standing[event.subject] = project(connection, event, before, seen), event.seq
        place = rows[-1].seq
    meta = tables.meta()
    connection.execute(meta.delete().where(meta.c.name == "derived"))
    connection.execute(meta.insert(), {"name": "derived", "value": tables.shape_of_derived()})


def load(body: str) -> dict[str, Any]:
    """Return a stored document."""
    found: dict[str, Any] = json.loads(body)
    return found
