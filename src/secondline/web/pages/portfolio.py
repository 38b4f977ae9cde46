"""Where we stand: the first page, for somebody who has one minute."""

from __future__ import annotations

from datetime import date

from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View
from secondline.workflow.calendar import due
from secondline.workflow.portfolio import Portfolio, portfolio

WORST = 8
TIERS = (1, 2, 3, 4, 0)


@page("/", may=SIGNED_IN, name="portfolio")
def index(seen: Seen) -> View:
    """Show tiers, overdue work, findings by age, and what many models share."""
    found = portfolio(seen.look, seen.today)
    late = [d for d in due(seen.look, date.fromisoformat(seen.today), limit=WORST * 4) if d.overdue > 0]
    context = {"p": found, "late": late[:WORST], "tiers": TIERS, "hottest": _hottest(found), "links": _links(seen)}
    return View("portfolio/index.html", context, _table(found))


def _hottest(found: Portfolio) -> int:
    return max((n for heat in found.heat for n in heat.tiers.values()), default=1)


def _links(seen: Seen) -> dict[str, str]:
    """Return where each figure leads: the list of exactly the records it counts."""
    models = seen.url("/models")
    return {
        "models": models,
        "overdue": seen.url("/calendar", what="validation", ahead="today"),
        "soon": seen.url("/calendar", what="validation"),
        "late": seen.url("/findings", late="1"),
        "emergencies": seen.url("/approvals", all="1", kind="emergency"),
        "unrated": seen.url("/models", tier="0"),
        "findings": seen.url("/findings"),
        "approvals": seen.url("/approvals"),
    }


def _table(found: Portfolio) -> Table:
    rows = [
        {"family": heat.family, **{f"tier_{t}" if t else "unrated": heat.tiers.get(t, 0) for t in TIERS}}
        for heat in found.heat
    ]
    names = ("family", "tier_1", "tier_2", "tier_3", "tier_4", "unrated")
    columns = tuple(Column(n, kind="text" if n == "family" else "number", sortable=False) for n in names)
    return Table("Live models by field of risk and tier", columns, rows)
