"""Access: who can come in, and who read what: for admins, who change it, and auditors, who look."""

from __future__ import annotations

from typing import Any

from secondline.govern.roles import Role
from secondline.web.routes import deed, page
from secondline.web.seen import Seen
from secondline.web.tokens import invitation
from secondline.web.views import Column, Table, View, listed

KEEPERS, LOOKERS = frozenset[Role]({"admin"}), frozenset[Role]({"admin", "auditor"})
HOME = "/admin/access"


@page(HOME, may=LOOKERS, name="access")
def access(seen: Seen) -> View:
    """List the people with their roles, and every token."""
    return _shown(seen)


def _shown(seen: Seen, link: str = "", person: str = "") -> View:
    columns = (Column("id", "Person", "record", "person"), Column("name"), Column("state", "", "state"),
               Column("roles", sortable=False), Column("kind"), Column("email"))  # fmt: skip
    table = listed(seen, "person", columns, filters=("state", "kind"), title="People")
    rows: list[dict[str, Any]] = [{**row, "roles": _roles(seen, row["id"])} for row in table.rows]
    shown = Table(table.title, table.columns, rows, table.next, table.order, table.descending, table.filters,
                  total=table.total)  # fmt: skip
    return View("signing/access.html", {"tokens": seen.site.access.tokens(), "now": seen.site.now(), "link": link,
                                        "person": person, "people": [r["id"] for r in rows]}, shown)  # fmt: skip


def _roles(seen: Seen, person: str) -> str:
    found = seen.look.get("person", person) or {}
    return ", ".join(found.get("roles", ()))


@page("/admin/reads", may=LOOKERS, name="reads")
def reads(seen: Seen) -> View:
    """List who read which sensitive record, newest first."""
    found = seen.site.access.reads(before=seen.number("after", high=2**53), limit=100)
    columns = tuple(Column(name, sortable=False) for name in ("at", "person", "record", "id", "via"))
    following = str(found[-1]["n"]) if len(found) == 100 else ""  # noqa: PLR2004 - a full page
    return View("signing/reads.html", {}, Table("Who read what", columns, found, following, empty="Nobody yet."))


@deed("/admin/access/invite", may=KEEPERS)
def invite(seen: Seen, typed: dict[str, str]) -> View:
    """Make a one-time link by which a person sets a password, and show it, this once."""
    person = typed.get("person", "").strip()
    return _shown(seen, invitation(seen.ledger, seen.site.access, person, seen.site.now()), person)


@deed("/admin/access/close", may=KEEPERS)
def close(seen: Seen, typed: dict[str, str]) -> str:
    """End every session of a person."""
    seen.site.access.close_sessions(typed.get("person", ""))
    return HOME
