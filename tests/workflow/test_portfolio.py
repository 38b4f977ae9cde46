"""The portfolio and the calendar, against counts made the slow way over every document of the example bank."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from secondline.ledger.store import Ledger
from secondline.policy.scoping import definition_of
from secondline.workflow import calendar
from secondline.workflow.calendar import due, due_counts
from secondline.workflow.portfolio import portfolio

pytestmark = pytest.mark.slow
LIVE = {"proposed", "in-development", "in-validation", "approved", "in-use", "restricted", "suspended", "exempt"}
RUNNING = {"approved", "in-use", "restricted"}
OPEN = {"draft", "issued", "agreed", "disputed", "in-remediation", "ready-for-retest"}
IN_FORCE = {"approved", "conditional", "restricted"}
MANY = 10_000
Docs = list[dict[str, Any]]


def test_the_portfolio_counts_models_as_documents_do(estate: Ledger, day: date) -> None:
    """States, tiers, heat, overdue and due soon are what one gets by reading every entry."""
    found, models = portfolio(estate.records, day.isoformat()), estate.records.find("model")
    live = [m for m in models if m["state"] in LIVE]
    assert found.states == Counter(m["state"] for m in models)
    assert (found.live, found.running) == (len(live), sum(m["state"] in RUNNING for m in models))
    assert {t: n for t, n in found.tiers.items() if n} == Counter(m.get("tier", 0) for m in live)
    assert found.unrated == sum(not m.get("tier") for m in live)
    heat = Counter((m["family"], m.get("tier", 0)) for m in live)
    assert {(h.family, t): n for h in found.heat for t, n in h.tiers.items() if n} == heat
    days = [date.fromisoformat(m["next_validation"]) for m in live if m.get("next_validation")]
    assert found.overdue == sum(d < day for d in days) > 0
    assert found.due_soon == sum(day <= d <= day + timedelta(days=90) for d in days) > 0


def test_the_portfolio_ages_findings_as_documents_do(estate: Ledger, day: date) -> None:
    """Open findings by severity, in time and late by how long, add up to what every finding says."""
    found = portfolio(estate.records, day.isoformat())
    open_ = [f for f in estate.records.find("finding") if f["state"] in OPEN]
    assert found.open_findings == len(open_)
    assert found.late_findings == sum(_late(f, day) > 0 for f in open_) > 0
    for row in found.ageing:
        mine = [_late(f, day) for f in open_ if f["severity"] == row.severity]
        assert row.in_time == sum(n <= 0 for n in mine)
        assert list(row.late.values()) == [
            sum(0 < n <= 30 for n in mine), sum(30 < n <= 90 for n in mine), sum(n > 90 for n in mine)
        ]  # fmt: skip


def test_the_portfolio_counts_what_else_stands(estate: Ledger, day: date) -> None:
    """Approvals that wait, urgent uses, overlays and waivers in force are those on record."""
    found, look = portfolio(estate.records, day.isoformat()), estate.records
    approvals = look.find("approval")
    assert found.waiting == sum(a["state"] == "requested" for a in approvals) == 1
    urgent = [a for a in approvals if a["kind"] == "emergency" and a["state"] in IN_FORCE]
    assert found.emergencies == len(urgent) == 1
    assert found.overlays == sum(o["state"] == "approved" for o in look.find("overlay")) == 2
    granted = [w for w in look.find("waiver") if w["state"] == "granted"]
    assert found.waivers == sum(w["expires"] >= day.isoformat() for w in granted) == len(granted) - 1


def test_the_portfolio_names_what_models_share(estate: Ledger, day: date) -> None:
    """Each shared source, vendor and method has the right number of models, and nothing shared more is left out."""
    found, look = portfolio(estate.records, day.isoformat()).shared, estate.records
    live = [m for m in look.find("model") if m["state"] in LIVE]
    data = [d["frm"] for d in look.find("link") if d["kind"] == "data" and d["state"] == "active"]
    counts = {
        "data source": Counter(frm.removeprefix("source/") for frm in data),
        "vendor": Counter(m["vendor"] for m in live if m.get("vendor")),
        "method": Counter(m["method"] for m in live if m.get("method")),
    }
    for kind, counted in counts.items():
        mine = {s.name: s.models for s in found if s.kind == kind}
        assert mine
        assert mine == {name: counted[name] for name in mine}
        assert max((n for name, n in counted.items() if name not in mine), default=0) <= min(mine.values())


def test_the_calendar_lists_what_every_document_says(estate: Ledger, day: date) -> None:
    """All that is due by a day half a year ahead is there, once, and nothing else."""
    until = day + timedelta(days=180)
    found = due(estate.records, day, until=until, limit=MANY)
    wanted = Counter(_dated(estate, until) + _undated(estate, day) + _outdated(estate, until))
    assert Counter((d.what, d.id, d.due) for d in found) == wanted
    assert [d.key for d in found] == sorted(d.key for d in found)
    assert all(d.overdue == (day - date.fromisoformat(d.due)).days for d in found)


def test_the_calendar_turns_its_pages(estate: Ledger, day: date) -> None:
    """Page by page one reads the same as at once; by model, only what is that model's."""
    until = day + timedelta(days=180)
    whole, pages, after = due(estate.records, day, until=until, limit=MANY), [], ("", "", "")
    while page := due(estate.records, day, until=until, limit=23, after=after):
        pages += page
        after = page[-1].key
    assert pages == whole
    mine = due(estate.records, day, until=until, limit=MANY, model="personal-loan-pd")
    assert mine == [d for d in whole if d.model == "personal-loan-pd"] != []


def test_the_calendar_counts_what_it_lists(estate: Ledger, day: date) -> None:
    """Overdue and due within 30 and 90 days are the numbers one gets by reading every document."""
    counts = due_counts(estate.records, day)
    ends = {"overdue": (date.min, day), "within 30 days": (day, day + timedelta(days=31)),
            "within 90 days": (day + timedelta(days=31), day + timedelta(days=91))}  # fmt: skip
    every = _dated(estate, date.max)
    for what, row in counts.items():
        days = [date.fromisoformat(on) for name, _, on in every if name == what]
        assert row == {name: sum(low <= d < high for d in days) for name, (low, high) in ends.items()}, what


def _late(finding: dict[str, Any], day: date) -> int:
    return (day - date.fromisoformat(finding["due"])).days


def _dated(estate: Ledger, until: date) -> list[tuple[str, str, str]]:
    """Return what, id and day of everything that carries a day of its own."""
    return [
        (kind.what, doc["id"], doc[kind.facet])
        for kind in calendar.KINDS
        for doc in estate.records.find(kind.record)
        if doc["state"] in kind.states and doc.get(kind.facet) and doc[kind.facet] <= until.isoformat()
    ]


def _undated(estate: Ledger, day: date) -> list[tuple[str, str, str]]:
    models = estate.records.find("model")
    begun = RUNNING | {"in-development", "in-validation"}
    unrated = [m["id"] for m in models if m["state"] in begun and not m.get("tier")]
    unset = [m["id"] for m in models
             if m["state"] in RUNNING and m.get("tier", 0) in {1, 2, 3} and not m.get("next_validation")]  # fmt: skip
    return [("first rating", id_, day.isoformat()) for id_ in unrated] + [
        ("validation without a day", id_, day.isoformat()) for id_ in unset
    ]


def _outdated(estate: Ledger, until: date) -> list[tuple[str, str, str]]:
    (method,) = estate.records.find("method", kind="tiering", state="adopted")
    edge = date.fromisoformat(method["adopted_on"]) + timedelta(days=method["parameters"]["trigger_days"])
    old = [r for r in estate.records.find("rating") if r["state"] != "superseded" and r["method"] != method["id"]]
    found = [("rating by the new method", r["id"], edge.isoformat()) for r in old]
    for scope in estate.records.find("scope"):
        definition = definition_of(scope["regime"], until.isoformat())
        if scope["definition"] != definition.id and definition.effective_from <= until.isoformat():
            found.append(("scope", scope["id"], definition.effective_from))
    return found
