"""Calendar: what is due, for whom it is looked up, and which rule says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from itertools import groupby

from secondline.core.errors import SpecError
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View
from secondline.workflow.calendar import KINDS, Due, due

PAGE, EXPORT = 100, 1_000
AHEAD = {"today": 0, "30": 30, "90": 90, "365": 365}
EXTRA = ("first rating", "validation without a day", "rating by the new method", "scope")
WHAT = (*dict.fromkeys(k.what for k in KINDS), *EXTRA)
START = ("", "", "")
COLUMNS = (
    Column("due", "Due", "date", sortable=False), Column("what", "What", "link", sortable=False),
    Column("model", "Model", "record", "model", sortable=False),
    Column("days_late", "Days late", "number", sortable=False), Column("source", "By which rule", sortable=False),
)  # fmt: skip
FILTERS = (
    Filter("what", "What", tuple((w, w) for w in WHAT), "choice"),
    Filter("ahead", "Until",
           (("today", "today"), ("30", "30 days on"), ("90", "90 days on"), ("365", "a year on")), "choice"),
    Filter("model", "Model"),
)  # fmt: skip


@page("/calendar", may=SIGNED_IN, name="calendar")
def calendar(seen: Seen) -> View:
    """List what is overdue and what comes next, month by month."""
    ahead = seen.choice("ahead", AHEAD, "90")
    today = date.fromisoformat(seen.today)
    what = seen.choice("what", WHAT)
    limit = PAGE if seen.format == "html" else EXPORT
    found = due(seen.look, today, until=today + timedelta(days=AHEAD[ahead]), limit=limit, after=_cursor(seen),
                model=seen.text("model"), what=(what,) if what else ())  # fmt: skip
    rows = [
        {**asdict(d), "href": seen.href(d.record, d.id), "days_late": d.overdue if d.overdue > 0 else None}
        for d in found
    ]
    more = json.dumps(found[-1].key) if len(found) == limit else ""
    table = Table("What is due", COLUMNS, rows, next=more, filters=FILTERS, empty="Nothing is due in this time.")
    late = sum(d.overdue > 0 for d in found)
    return View(
        "calendar/list.html", {"months": _months(found), "late": late, "ahead": ahead, "whole": not more}, table
    )


def _cursor(seen: Seen) -> tuple[str, str, str]:
    text = seen.text("after", longest=2_000)
    if not text:
        return START
    try:
        day, what, id_ = json.loads(text)
        return (str(day), str(what), str(id_))
    except (ValueError, TypeError) as error:
        raise SpecError("The cursor of the next page is not one of ours; start from the first page.") from error


def _months(found: Sequence[Due]) -> list[tuple[str, int, int]]:
    """Return for each month how much is due and how much of it is late."""
    months = groupby(found, key=lambda d: d.due[:7])
    return [(m, len(mine), sum(d.overdue > 0 for d in mine)) for m, some in months for mine in [list(some)]]
