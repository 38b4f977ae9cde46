"""What needs me: the work that waits for whoever is signed in."""

from __future__ import annotations

from dataclasses import asdict

from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View
from secondline.workflow.inbox import inbox

COLUMNS = (
    Column("ask", "What is asked", "link", sortable=False), Column("id", "Record", sortable=False),
    Column("model", "Model", "record", "model", sortable=False), Column("due", "Due", "date", sortable=False),
    Column("days_late", "Days late", "number", sortable=False), Column("role", "As", sortable=False),
)  # fmt: skip


@page("/inbox", may=SIGNED_IN, name="inbox")
def waiting(seen: Seen) -> View:
    """List what waits for the visitor, latest first."""
    items = inbox(seen.look, seen.visitor.id, frozenset(seen.visitor.roles), seen.today)
    rows = [
        {**asdict(i), "href": seen.href(i.record, i.id), "days_late": i.late if i.late > 0 else None} for i in items
    ]
    late = sum(i.late > 0 for i in items)
    table = Table("What needs me", COLUMNS, rows, empty="Nothing waits for you.", total=len(rows))
    return View("inbox/list.html", {"late": late, "total": len(rows)}, table)
