"""Audit: every event of the chain to filter, one event with its proof, and the whole recomputed on demand."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from secondline.core.errors import SecondlineError, UnknownRecord
from secondline.govern.act import ACTS
from secondline.govern.roles import Role
from secondline.ledger.events import Event
from secondline.ledger.keeping import state
from secondline.ledger.records import Records
from secondline.ledger.verify import Verification, verify
from secondline.ledger.writing import REFUSED
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.site import Site
from secondline.web.views import Column, Filter, Table, View

PAGE, EXPORT, DIGITS = 100, 1_000, 15
COLUMNS = (
    Column("seq", "Event", "link", sortable=False), Column("at", "When", sortable=False),
    Column("actor", "Who", "person", sortable=False), Column("act", "What", sortable=False),
    Column("record", "Record", "link", sortable=False), Column("reason", "Why", sortable=False),
    Column("via", "Through", sortable=False), Column("seal", "Seal", sortable=False),
)  # fmt: skip
SEALED = ("seq", "at", "actor", "kind", "subject", "reason", "via", "body", "signature", "previous", "seal")
AUDITORS = frozenset[Role]({"auditor", "mrm-head", "admin", "validator"})


@page("/audit", may=SIGNED_IN, name="audit")
def audit(seen: Seen) -> View:
    """List the events, newest first, by who, what and which record."""
    limit = PAGE if seen.format == "html" else EXPORT
    events = seen.look.events(
        subject=seen.text("subject"), kind=seen.choice("kind", (*ACTS, REFUSED)), actor=seen.text("actor"),
        before=seen.number("after", high=10**15), limit=limit, newest_first=True,
    )  # fmt: skip
    more = str(events[-1].seq) if len(events) == limit else ""
    kinds = Filter(
        "kind", "What", (*tuple((n, a.title) for n, a in sorted(ACTS.items())), (REFUSED, "Refused acts")), "choice"
    )
    filters = (kinds, Filter("actor", "Who"), Filter("subject", "Record (kind/id)"))
    rows = [_row(seen, e) for e in events]
    table = Table("Events", COLUMNS, rows, next=more, filters=filters, empty="No such event.")
    return View("audit/list.html", {"checked": _check(seen.site), "may_verify": _may(seen)}, table)


def _row(seen: Seen, e: Event) -> dict[str, Any]:
    title = ACTS[e.kind].title if e.kind in ACTS else f"Refused: {e.payload.get('refused', '')}"
    return {
        "seq": e.seq, "href": seen.url(f"/audit/{e.seq}"), "at": e.at[:19].replace("T", " "), "actor": e.actor,
        "act": title, "record": e.subject, "record_href": seen.href(e.record, e.id), "via": e.via,
        "reason": e.reason or e.payload.get("because", ""), "seal": e.seal[:12],
    }  # fmt: skip


@dataclass
class Check:
    """One recomputation of the ledger, under way or done."""

    by: str
    began: str
    done: threading.Event = field(default_factory=threading.Event)
    found: Verification | None = None
    trouble: str = ""


_CHECKS: dict[str, Check] = {}
"""The last recomputation of each ledger served."""


def _check(site: Site) -> Check | None:
    return _CHECKS.get(str(site.ledger.folder))


def _may(seen: Seen) -> bool:
    return bool(AUDITORS & seen.visitor.roles)


@deed("/audit/verify", may=AUDITORS, name="verify")
def recompute(seen: Seen, _typed: dict[str, str]) -> str:
    """Begin to recompute everything; one at a time, whoever asks."""
    current = _check(seen.site)
    if current is None or current.done.is_set():
        check = _CHECKS[str(seen.ledger.folder)] = Check(seen.visitor.id, seen.ledger.clock())
        threading.Thread(target=_run, args=(seen.site, check), daemon=True).start()
        check.done.wait(2)
    return "/audit/verify"


def _run(site: Site, check: Check) -> None:
    try:
        check.found = verify(site.ledger.folder)
    except SecondlineError as error:
        check.trouble = str(error)
    finally:
        check.done.set()


@page("/audit/verify", may=AUDITORS, name="verification")
def verification(seen: Seen) -> View:
    """Show what the last recomputation found."""
    check = _check(seen.site)
    problems = (
        [{"kind": p.kind, "what": p.what, "detail": p.detail} for p in check.found.problems]
        if check and check.found
        else []
    )
    columns = tuple(Column(n, sortable=False) for n in ("kind", "what", "detail"))
    table = Table("What does not hold", columns, problems, empty="Everything holds.")
    return View(
        "audit/verify.html",
        {"check": check, "state": state(seen.ledger), "under_way": bool(check and not check.done.is_set())},
        table,
    )


@page("/audit/{seq}", may=SIGNED_IN, name="event")
def event(seen: Seen) -> View:
    """Show one event as it is sealed, what it changed, and its proof of inclusion."""
    text = seen.path["seq"]
    found = _around(seen.look, int(text)) if text.isdecimal() and len(text) <= DIGITS else []
    mine = next((e for e in found if str(e.seq) == text), None)
    if mine is None:
        raise UnknownRecord.of("event", text)
    before = seen.ledger.as_of(mine.seq - 1).get(mine.record, mine.id) or {}
    changes = [{"field": k, "before": before.get(k), "after": v} for k, v in mine.changes.items()]
    facts = {name: getattr(mine, name) for name in SEALED}
    columns = tuple(Column(n, sortable=False) for n in ("field", "before", "after"))
    context = {"e": mine, "facts": facts, "changes": changes, "holds": mine.seal == mine.expected_seal(),
               "next": next((e for e in found if e.seq == mine.seq + 1), None)}  # fmt: skip
    return View("audit/one.html", context, Table(f"Event {mine.seq}", columns, changes), data=facts)


def _around(look: Records, seq: int) -> list[Event]:
    return look.events(after=max(seq - 2, 0), limit=3) if seq else []
