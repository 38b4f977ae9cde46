"""Findings: the list, the table of ages, and one finding with everything that was said and done about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from secondline.assist.triage import Suggestion, triage
from secondline.web.pages.records import about, history
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, View, listed
from secondline.workflow.calendar import OPEN_FINDINGS

LIST = (
    Column("id", "Finding", "record", "finding"), Column("severity", "Severity", "severity"),
    Column("model", "Model", "record", "model"), Column("code", "Check"), Column("state", "State", "state"),
    Column("owner", "Owner", "person"), Column("due", "Due", "date"), Column("source", "From"),
)  # fmt: skip
COMPARED = 300
"""Findings of one kind with which another is compared."""
FILTERS = ("severity", "state", Filter("model", "Model"), Filter("owner", "Owner"), Filter("code", "Check"), "source")


@page("/findings", may=SIGNED_IN, name="findings")
def findings(seen: Seen) -> View:
    """List findings; open ones, soonest due first, unless a state is chosen."""
    chosen = seen.text("state") or seen.flag("all")
    late = {"due__lt": seen.today, "due__gt": ""} if seen.flag("late") else {}
    where = {**({} if chosen else {"state__in": OPEN_FINDINGS}), **late}
    table = listed(seen, "finding", LIST, where=where, filters=FILTERS, order="due",
                   empty="No finding fits. Open ones are shown unless you choose a state.")  # fmt: skip
    return View("findings/list.html", {"chosen": bool(chosen), "late": bool(late)}, table)


@page("/findings/{id}", may=SIGNED_IN, shows="finding", name="finding")
def finding(seen: Seen) -> View:
    """Show one finding: what does not hold, what is done about it, how it can end, and its history."""
    doc = seen.need("finding", seen.path["id"])
    due = str(doc.get("due") or "")
    late = (date.fromisoformat(seen.today) - date.fromisoformat(due)).days if due else 0
    open_ = doc["state"] in OPEN_FINDINGS
    context = {
        "doc": doc,
        "late": late if open_ and late > 0 else 0,
        "open": open_,
        "model": seen.look.get("model", str(doc["model"])) or {},
        "run": seen.look.get("run", str(doc.get("run", ""))) if doc.get("run") else None,
        "hints": _hints(seen, doc) if open_ else [],
        **about(seen, "finding", doc["id"]),
    }
    return View("findings/one.html", context, history(seen, "finding", doc["id"]), data=doc)


def _hints(seen: Seen, doc: dict[str, Any]) -> list[Suggestion]:
    """Return what is suggested about an open finding, held against those of its model and those of its check."""
    found = seen.look.find("finding", model=doc["model"])[-COMPARED:]
    if doc.get("code"):
        found += seen.look.find("finding", code=doc["code"])[-COMPARED:]
    return triage(doc, list({one["id"]: one for one in found}.values()))
