"""Alarms: the list, and one alarm with what was seen, what it did, and what people decide about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from secondline.govern.watching import OPEN, line_of
from secondline.monitor.resting import rests_on
from secondline.web.pages.records import about, history
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, View, listed

LIST = (
    Column("id", "Alarm", "record", "alarm"), Column("level", "Level", "state"),
    Column("model", "Model", "record", "model"), Column("metric", "Metric"), Column("slice", "Slice"),
    Column("state", "State", "state"), Column("owner", "Owner", "person"), Column("opened", "Raised", "date"),
    Column("due", "Decide by", "date"),
)  # fmt: skip
FILTERS = ("level", "state", Filter("model", "Model"), Filter("metric", "Metric"), Filter("owner", "Owner"))


@page("/alarms", may=SIGNED_IN, name="alarms")
def alarms(seen: Seen) -> View:
    """List alarms; open ones, the soonest due first, unless a state is chosen."""
    chosen = bool(seen.text("state")) or seen.flag("all")
    where = {} if chosen else {"state__in": sorted(OPEN)}
    table = listed(seen, "alarm", LIST, where=where, filters=FILTERS, order="due",
                   empty="No alarm fits. Open ones are shown unless you choose a state.")  # fmt: skip
    return View("monitoring/alarms.html", {"chosen": chosen}, table)


@page("/alarms/{id}", may=SIGNED_IN, shows="alarm", name="alarm")
def one(seen: Seen) -> View:
    """Show one alarm: the level that is passed and the proof, the plan's line, what was done, and its history."""
    doc = seen.need("alarm", seen.path["id"])
    due = str(doc.get("due") or "")
    late = (date.fromisoformat(seen.today) - date.fromisoformat(due)).days if due and not doc.get("decided") else 0
    context = {
        "doc": doc, "open": doc["state"] in OPEN, "late": late if doc["state"] in OPEN and late > 0 else 0,
        "model": seen.look.get("model", str(doc["model"])) or {}, "line": line_of(seen.look, doc),
        "passes": _passes(seen, doc), "rests": rests_on(str(doc["metric"]), str(doc.get("basis") or "known")),
        **about(seen, "alarm", doc["id"]),
    }  # fmt: skip
    return View("monitoring/alarm.html", context, history(seen, "alarm", doc["id"]), data=doc)


def _passes(seen: Seen, doc: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the passes that the alarm restricted or stopped."""
    return [p for p in seen.look.find("pass", model=doc["model"]) if p.get("alarm") == doc["id"]]
