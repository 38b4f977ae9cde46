"""Admin: who works here, what the ledger's state is, which rules are in force, and the law as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from secondline.govern.act import ACTS
from secondline.govern.roles import ROLES, Role
from secondline.ledger.keeping import state
from secondline.web.routes import page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View, listed, words

KEEPERS = frozenset[Role]({"admin", "auditor", "mrm-head"})
PEOPLE = (
    Column("id", "Person", "record", "person"), Column("name", "Name"), Column("state", "", "state"),
    Column("roles", "Roles", sortable=False), Column("kind", "Kind"), Column("department", "Department"),
    Column("signed_in", "Last sign-in (UTC)", sortable=False), Column("tokens", "Tokens", "number", sortable=False),
)  # fmt: skip
MINUTE = 16


@page("/admin", may=KEEPERS, name="admin")
def admin(seen: Seen) -> View:
    """Show people with their roles and last sign-in, the ledger's state, and the rules in force."""
    table = listed(seen, "person", PEOPLE, filters=("state", "kind"), title="People")
    came, tokens = seen.site.access.signed_in(), seen.site.access.tokens()
    rows: list[dict[str, Any]] = [
        {**row, "roles": ", ".join(_doc(seen, row["id"]).get("roles", ())),
         "signed_in": came.get(row["id"], "")[:MINUTE].replace("T", " "),
         "department": _doc(seen, row["id"]).get("department", ""),
         "tokens": sum(t.person == row["id"] and not t.revoked for t in tokens)}
        for row in table.rows
    ]  # fmt: skip
    context = {
        "ledger": {k: v for k, v in state(seen.ledger).items() if isinstance(v, (str, int))},
        "rules": [(kind, _in_force(seen, kind)) for kind in ("delegation", "method", "adoption")],
        "keeps": "admin" in seen.visitor.roles and not seen.as_of,
    }
    return View("admin/index.html", context, replace(table, rows=rows))


def _doc(seen: Seen, person: str) -> dict[str, Any]:
    return seen.look.get("person", person) or {}


def _in_force(seen: Seen, kind: str) -> list[dict[str, Any]]:
    return list(seen.look.page(kind, {"state": "adopted"}, limit=50).rows)


@page("/admin/law", may=KEEPERS, name="law")
def law(seen: Seen) -> View:
    """Show the law: each act, on which record, in which states, and which roles may do it."""
    record, role = seen.text("record"), seen.choice("role", ROLES)
    acts = [a for a in ACTS.values() if (not record or a.record == record) and (not role or role in a.roles)]
    rows = [
        {"act": a.title, "name": a.name, "record": a.record, "to": a.after,
         "from": "new" if a.creates else ", ".join(sorted(a.before)),
         "reasoned": a.reasoned, **{r: r in a.roles for r in ROLES}}
        for a in sorted(acts, key=lambda a: (a.record, a.name))
    ]  # fmt: skip
    columns = (
        Column("act", "Act", sortable=False), Column("name", "Name", sortable=False),
        Column("record", "Record", sortable=False), Column("from", "From", sortable=False),
        Column("to", "To", sortable=False), Column("reasoned", "Reason", "flag", sortable=False),
        *(Column(r, words(r), "flag", sortable=False) for r in ROLES),
    )  # fmt: skip
    records = sorted({a.record for a in ACTS.values()})
    filters = (Filter("record", "Record", tuple((r, words(r)) for r in records), "choice"),
               Filter("role", "Who may", tuple((r, r) for r in ROLES), "choice"))  # fmt: skip
    return View("admin/law.html", {}, Table("The law", columns, rows, filters=filters, total=len(rows)))
