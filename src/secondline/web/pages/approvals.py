"""Approvals: what waits for a signature, exactly what is signed, and the passes that came of it."""

from __future__ import annotations

from typing import Any

from secondline.core.errors import SecondlineError
from secondline.govern.act import find_act
from secondline.govern.roles import Role
from secondline.web.doing import confirm
from secondline.web.pages.records import about, history
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, View, listed
from secondline.workflow.approving import Reading, decide, reading
from secondline.workflow.gate import gate
from secondline.workflow.passes import issue

LIST = (
    Column("id", "Approval", "record", "approval"), Column("model", "Model", "record", "model"),
    Column("version", "Version"), Column("kind", "Kind"), Column("tier", "Tier", "tier"),
    Column("state", "State", "state"),
    Column("requested_by", "Asked by", "person"), Column("expires", "Ends", "date"),
)  # fmt: skip
PASSES = (
    Column("id", "Pass", "record", "pass"), Column("model", "Model", "record", "model"), Column("version", "Version"),
    Column("use", "Use", "record", "use"), Column("kind", "Kind"), Column("state", "State", "state"),
    Column("expires", "Ends", "date"), Column("approval", "By", "record", "approval"),
)  # fmt: skip
WITH_PASS = 10
SIGNERS = frozenset[Role]({"approver", "mrm-head", "owner"})


@page("/approvals", may=SIGNED_IN, name="approvals")
def approvals(seen: Seen) -> View:
    """List approvals, those that wait first unless a state is chosen."""
    where = {} if seen.text("state") or seen.flag("all") else {"state": "requested"}
    table = listed(seen, "approval", LIST, where=where, filters=("state", "kind", Filter("model", "Model"), "tier"),
                   empty="Nothing waits for a signature.")  # fmt: skip
    return View("approvals/list.html", {"waiting": bool(where)}, table)


@page("/passes", may=SIGNED_IN, name="passes")
def passes(seen: Seen) -> View:
    """List the passes: what may run, for which use, until when."""
    table = listed(seen, "pass", PASSES, filters=("state", Filter("model", "Model"), "kind"))
    return View("approvals/passes.html", {}, table)


@page("/approvals/{id}", may=SIGNED_IN, shows="approval", name="approval")
def approval(seen: Seen) -> View:
    """Show one approval: exactly what is signed, whose signatures are there and missing, what may be decided."""
    doc = seen.need("approval", seen.path["id"])
    read = _read(seen, doc)
    context = {
        "doc": doc,
        "read": read,
        "model": seen.look.get("model", str(doc["model"])) or {},
        "signs": bool(SIGNERS & seen.visitor.roles) and doc["state"] == "requested" and not seen.as_of,
        "passes": seen.look.page("pass", {"approval": doc["id"]}, limit=20).rows,
        **about(seen, "approval", doc["id"]),
    }
    return View("approvals/one.html", context, history(seen, "approval", doc["id"]), data=doc)


def _read(seen: Seen, doc: dict[str, Any]) -> Reading:
    if seen.as_of:
        return Reading(doc, dict(doc.get("dossier", {})), "", ())
    return reading(seen.ledger, str(doc["id"]))


@deed("/approvals/{id}/decide", may=SIGNERS, name="decide-approval")
def decided(seen: Seen, typed: dict[str, str]) -> str:
    """Record the decision; version, uses and model move with it."""
    confirm(seen, find_act("approval.decided"), typed)
    decide(seen.ledger, seen.visitor.id, seen.path["id"], typed.get("decision", ""), typed.get("rationale", ""),
           via=seen.visitor.via)  # fmt: skip
    return seen.href("approval", seen.path["id"])


@deed("/approvals/{id}/pass", may=frozenset[Role]({"mrm-head", "approver"}), name="issue-pass")
def issued(seen: Seen, typed: dict[str, str]) -> str:
    """Issue the pass that the approval carries."""
    confirm(seen, find_act("pass.issued"), typed)
    made = issue(seen.ledger, seen.visitor.id, seen.path["id"], via=seen.visitor.via)
    return seen.href("pass", made.id)


@page("/gate", may=SIGNED_IN, name="gate")
def gates(seen: Seen) -> View:
    """Ask why a version may, or may not, be used."""
    name, use = seen.text("version"), seen.text("use")
    found, trouble = None, ""
    if name and use:
        try:
            found = gate(seen.ledger, name, use, as_of=seen.as_of)
        except SecondlineError as error:
            trouble = str(error)
    passes = seen.look.page("pass", {"state__in": ("active", "restricted")}, limit=WITH_PASS).rows if not name else ()
    context = {"name": name, "use": use, "found": found, "trouble": trouble, "open": passes}
    return View("approvals/gate.html", context, data=found.values() if found else {"trouble": trouble})
