"""Records: every kind of record as a list and as a page, so that everything can be reached and done."""

from __future__ import annotations

from secondline.core.errors import SpecError, UnknownRecord
from secondline.govern.record import RECORDS, Record, find_record
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View, listed

SHOWN = 8
SPECIAL = {"state": "state", "tier": "tier", "severity": "severity"}
PEOPLE = frozenset({"owner", "developer", "validator", "approver", "lead"})


@page("/records", may=SIGNED_IN, name="records")
def kinds(seen: Seen) -> View:
    """List the kinds of records there are."""
    rows = [
        {"name": r.name, "title": r.plural.capitalize(), "count": seen.look.count(r.name).get((), 0),
         "href": seen.url(f"/records/{r.name}")}
        for r in RECORDS.values()
    ]  # fmt: skip
    columns = (Column("title", "Kind", "link", sortable=False), Column("count", "Records", "number", sortable=False))
    return View("records/kinds.html", {}, Table("All records", columns, rows))


def columns(kind: Record) -> tuple[Column, ...]:
    """Return the columns of a generic list: its id, its state and its first facets."""
    facets = tuple(Column(f, "", _cell(kind, f), f if f in RECORDS else "") for f in kind.facets[:SHOWN])
    return (Column("id", kind.title, "record", kind.name), Column("state", "", "state"), *facets)


def _cell(kind: Record, facet: str) -> str:
    if facet in SPECIAL:
        return SPECIAL[facet]
    if facet in PEOPLE:
        return "person"
    if facet in RECORDS:
        return "record"
    found = kind.kind(facet)
    return "flag" if found is bool else "number" if found in {int, float} else "text"


@page("/records/{record}", may=SIGNED_IN, name="record-list")
def list_of(seen: Seen) -> View:
    """List the records of one kind."""
    kind = _kind(seen)
    filters = ["state", *kind.facets[:SHOWN]]
    table = listed(seen, kind.name, columns(kind), filters=[Filter("id__like", "Id"), *filters])
    return View("records/list.html", {"kind": kind}, table)


@page("/records/{record}/{id:path}", may=SIGNED_IN, name="record")
def one(seen: Seen) -> View:
    """Show one record: what it says, what was done to it, what belongs to it, what can be done."""
    kind = _kind(seen)
    doc = seen.need(kind.name, seen.path["id"])
    return View("records/one.html", {"kind": kind, "doc": doc, **about(seen, kind.name, doc["id"])},
                history(seen, kind.name, doc["id"]), data=doc)  # fmt: skip


def _kind(seen: Seen) -> Record:
    try:
        return find_record(seen.path["record"])
    except SpecError as error:
        raise UnknownRecord(str(error)) from error


def about(seen: Seen, record: str, id_: str) -> dict[str, object]:
    """Return the past of a record, newest first, and what belongs to it."""
    events = seen.look.events(subject=f"{record}/{id_}", newest_first=True, limit=100)
    return {"events": events, "related": seen.related(record, id_)}


def history(seen: Seen, record: str, id_: str) -> Table:
    """Return the past of a record as a table."""
    events = seen.look.events(subject=f"{record}/{id_}", limit=1_000)
    rows = [{"seq": e.seq, "at": e.at, "actor": e.actor, "act": e.kind, "reason": e.reason, "via": e.via,
             "changes": e.changes, "seal": e.seal} for e in events]  # fmt: skip
    names = ("seq", "at", "actor", "act", "reason", "via", "changes", "seal")
    return Table(f"History of {id_}", tuple(Column(n, sortable=False) for n in names), rows)
