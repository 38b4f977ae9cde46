"""Models: the inventory to filter, and one model whole, with its history as the spine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from secondline.govern.act import ACTS
from secondline.govern.record import RECORDS
from secondline.govern.records.rating import RATERS
from secondline.ledger.events import Event
from secondline.ledger.records import Records
from secondline.web.graphs import drawn, neighbourhood, told
from secondline.web.pages.records import history
from secondline.web.routes import SIGNED_IN, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View, listed
from secondline.workflow.calendar import LIVE
from secondline.workflow.inventory.card import card
from secondline.workflow.inventory.whole import Whole, whole

SPINE, SHORT = 60, 12
ADDS = ("version.registered", "use.proposed", "validation.planned", "finding.raised", "approval.requested",
        "limitation.recorded", "assumption.recorded", "monitoring.drafted", "evidence.filed")  # fmt: skip
BY_VERB = ("model.rated", "model.scheduled", "model.validated", "model.approved", "model.in-use")
"""Acts that go with another deed: the page of that deed does them."""
DIGEST = re.compile(r"[0-9a-f]{64}")
LIST = (
    Column("id", "Model", "record", "model"), Column("name", "Name"), Column("family", "Field of risk"),
    Column("tier", "Tier", "tier"), Column("state", "State", "state"), Column("owner", "Owner", "person"),
    Column("version_in_use", "In use"), Column("last_validated", "Validated", "date"),
    Column("next_validation", "Next", "date"), Column("opinion", "Grade", "number"),
)  # fmt: skip
FILTERS = (
    Filter("name", "Name"), "state", "tier", "family", "kind", "owner", "business_line", "entity", "origin", "vendor",
    "method", "machine_learning", "generative",
)  # fmt: skip
SECTIONS = (
    ("versions", "Versions and uses", ("version", "use", "change")),
    ("judged", "Validation and findings", ("validation", "finding", "run", "rating", "scope")),
    ("approved", "Approvals and passes", ("approval", "pass", "waiver", "exemption")),
    ("watched", "Monitoring, limits and overlays",
     ("monitoring", "limitation", "assumption", "overlay", "attestation", "evidence")),
)  # fmt: skip
SHOWN = {
    "version": ("digest", "developers", "commit"), "use": ("name", "automation", "adverse", "decisions_per_year"),
    "change": ("class_", "version", "description"), "validation": ("version", "kind", "lead", "due", "opinion"),
    "finding": ("severity", "statement", "owner", "due"),
    "run": ("version", "finished_at", "answers", "failed", "grade"),
    "rating": ("line", "tier", "exposure", "purpose", "inherent"), "scope": ("regime", "verdict", "reason"),
    "approval": ("version", "use", "kind", "expires"), "pass": ("version", "use", "expires"),
    "waiver": ("control", "expires", "reason"), "exemption": ("recheck", "reason"),
    "monitoring": ("owner", "status", "next_check"), "limitation": ("kind", "statement", "watched_by"),
    "assumption": ("kind", "statement", "watched_by"), "overlay": ("size", "unit", "expires", "renewals"),
    "attestation": ("owner", "on", "statement"), "evidence": ("kind", "title", "on", "valid_until"),
}  # fmt: skip
KINDS = {"severity": "severity", "tier": "tier", "owner": "person", "lead": "person", "adverse": "flag",
         "decisions_per_year": "number", "answers": "number", "failed": "number", "grade": "number"}  # fmt: skip
DATES = ("finished_at", "due", "expires", "recheck", "next_check", "on", "valid_until")


@page("/models", may=SIGNED_IN, name="models")
def models(seen: Seen) -> View:
    """List the inventory, narrowed and sorted by the address."""
    chosen = bool(seen.text("state")) or seen.flag("all")
    where = {} if chosen else {"state__in": LIVE}
    table = listed(seen, "model", LIST, where=where, filters=FILTERS, order="tier" if seen.text("tier") else "id",
                   empty="No model fits. Live ones are shown unless you choose a state.")  # fmt: skip
    rows = [{**row, "opinion": row.get("opinion") or None} for row in table.rows]
    return View("models/list.html", {"chosen": chosen}, replace(table, rows=rows))


@page("/models/{id}", may=SIGNED_IN, shows="model", name="model")
def model(seen: Seen) -> View:
    """Show one model whole: entry, versions, uses, dependencies, judgements, approvals, monitoring, history."""
    found = whole(seen.look, seen.path["id"])
    doc = found.model
    near = neighbourhood(seen.look, f"model/{doc['id']}")
    context = {
        "doc": doc,
        "found": found,
        "sections": [(key, title, [_part(found, r) for r in kinds if found.of(r)]) for key, title, kinds in SECTIONS],
        "near": near,
        "graph": drawn(seen, near) if len(near.nodes) > 1 else "",
        "edges": told(near),
        "spine": spine(seen.look, found),
        "offers": _offers(seen, doc["id"]),
        "BY_VERB": BY_VERB,
        "late": [f for f in found.of("finding") if f.get("state") not in {"closed", "withdrawn", "merged"}
                 and str(f.get("due") or "9") < seen.today],
    }  # fmt: skip
    return View("models/one.html", context, history(seen, "model", doc["id"]), data=_plain(found))


def _offers(seen: Seen, model: str) -> list[tuple[str, str]]:
    """Return what the visitor may add to a model: its rating, a version, a use, a limit, a validation, a finding."""
    if seen.as_of:
        return []
    found = [(ACTS[name].title, seen.url(f"/do/{name}", model=model)) for name in ADDS if seen.may(ACTS[name])]
    return [*([("Rate it", f"/models/{model}/rating")] if RATERS & seen.visitor.roles else []), *found]


def _part(found: Whole, record: str) -> Table:
    columns = [Column("id", record.capitalize(), "record", record, sortable=False)]
    rows = [{n: _cell(d.get(n)) for n in ("id", "state", *SHOWN[record])} for d in reversed(found.of(record))]
    said = [n for n in SHOWN[record] if any(row[n] not in (None, "", 0) for row in rows)]
    columns += [Column(n, "", _kind(n), sortable=False) for n in said]
    columns += [Column("state", "State", "state", sortable=False)]
    return Table(RECORDS[record].plural.capitalize(), tuple(columns), rows, total=len(rows))


def _kind(name: str) -> str:
    return KINDS.get(name) or ("date" if name in DATES else "text")


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value)
    return value[:SHORT] if isinstance(value, str) and DIGEST.fullmatch(value) else value


def spine(look: Records, found: Whole) -> list[Event]:
    """Return what happened to the model and to everything of it, newest first."""
    subjects = [f"model/{found.model['id']}"]
    subjects += [f"{r}/{d['id']}" for r, docs in found.parts.items() for d in docs]
    events = (e for s in subjects[: 4 * SPINE] for e in look.events(subject=s, newest_first=True, limit=SPINE))
    return list(islice(sorted(events, key=lambda e: -e.seq), SPINE))


def _plain(found: Whole) -> Mapping[str, Any]:
    return {"model": found.model, **found.parts, "links_in": found.links_in, "links_out": found.links_out}


@page("/models/{id}/card", may=SIGNED_IN, formats=("html", "json"), name="model-card")
def model_card(seen: Seen) -> View:
    """Show the model card, as it would be handed out."""
    found = whole(seen.look, seen.path["id"])
    text = card(found, seen.today)
    return View("models/card.html", {"doc": found.model, "text": text}, data={"markdown": text})
