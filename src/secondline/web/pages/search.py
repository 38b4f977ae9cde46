"""Search: find a model by any part of its id or name, every other record by how its id or name begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.govern.record import RECORDS, Record
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View

SHOWN, LONGEST = 20, 200
SAID_BY = ("name", "title", "plan", "model", "owner", "code")
COLUMNS = (Column("id", "Record", "link", sortable=False), Column("kind", sortable=False),
           Column("state", "", "state", sortable=False), Column("says", "", sortable=False))  # fmt: skip


@page("/search", may=SIGNED_IN)
def search(seen: Seen) -> View:
    """Show the records whose id or name holds the words."""
    words = seen.text("q", longest=LONGEST)
    rows = [row for kind in RECORDS.values() for row in _found(seen, kind, words)] if words else []
    empty = "No record holds these words." if words else "Say what you look for."
    return View("records/search.html", {"words": words}, Table(f"Found for {words!r}", COLUMNS, rows, empty=empty))


def _found(seen: Seen, kind: Record, words: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    said_by = next((f for f in SAID_BY if f in kind.facets), "")
    for where in _ways(kind, said_by, words):
        for row in seen.look.page(kind.name, where, limit=SHOWN).rows:
            found[row["id"]] = row
    return [
        {"id": id_, "kind": kind.title, "state": row["state"], "says": row.get(said_by) or "",
         "href": seen.href(kind.name, id_)}
        for id_, row in list(found.items())[:SHOWN]
    ]  # fmt: skip


def _ways(kind: Record, said_by: str, words: str) -> Iterator[dict[str, str]]:
    """Yield where to look: an index answers how a text begins, so that a million records are no matter."""
    if kind.name == "model":
        yield from ({f"{facet}__like": words} for facet in ("id", "name"))
        return
    numbered = bool(kind.prefix)
    if not numbered or words.upper().startswith(f"{kind.prefix}-"):
        yield {"id__begins": words.upper() if numbered else words}
    if said_by:
        yield from ({f"{said_by}__begins": said} for said in dict.fromkeys((words, words[0].upper() + words[1:])))
