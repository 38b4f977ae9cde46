"""The inbox, against what one finds for each person by reading every document of the example bank."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from secondline.ledger.store import Ledger
from secondline.workflow.inbox import inbox

pytestmark = pytest.mark.slow
DEAD = {"decommissioned", "out-of-scope"}
Found = set[tuple[str, str]]


def test_everybody_finds_what_waits_for_them(estate: Ledger, day: date) -> None:
    """Whatever the documents leave to one's roles is in one's inbox, and nothing else; most people have something."""
    docs = {name: estate.records.find(name) for name in (
        "finding", "monitoring", "model", "request", "challenge", "validation", "change", "approval", "overlay",
        "exemption", "waiver",
    )}  # fmt: skip
    busy = 0
    for person in estate.records.find("person", state="active"):
        roles = frozenset(person["roles"])
        found = inbox(estate.records, person["id"], roles, day.isoformat())
        assert {(i.record, i.id) for i in found} == _waiting(docs, person["id"], roles), person["id"]
        busy += bool(found)
    assert busy > 20


def test_the_latest_comes_first_and_says_how_late_it_is(estate: Ledger, day: date) -> None:
    """Lateness is counted from the day of the record, and what is due first stands first."""
    found = inbox(estate.records, "amara.diallo", frozenset({"owner"}), day.isoformat())
    dated = [i for i in found if i.due]
    assert [i.due for i in dated] == sorted(i.due for i in dated)
    assert all(i.late == (day - date.fromisoformat(i.due)).days for i in dated)
    assert any(i.late > 0 and i.model == "personal-loan-pd" for i in dated)


def test_auditors_and_admins_have_nothing_to_do(estate: Ledger, day: date) -> None:
    """Who only reads, or only keeps access, is asked for nothing."""
    assert inbox(estate.records, "inspector", frozenset({"auditor"}), day.isoformat()) == []
    assert inbox(estate.records, "root.admin", frozenset({"admin"}), day.isoformat()) == []


def _waiting(docs: dict[str, list[dict[str, Any]]], me: str, roles: frozenset[str]) -> Found:
    """Return record and id of what waits for somebody."""
    found: Found = set()

    def take(record: str, **wanted: Any) -> None:
        for doc in docs[record]:
            if all(doc.get(k) in v if isinstance(v, set) else doc.get(k) == v for k, v in wanted.items()):
                found.add((record, doc["id"]))

    if "owner" in roles:
        take("finding", owner=me, state={"issued", "agreed", "in-remediation"})
        take("monitoring", owner=me, state="approved")
        found |= {("model", m["id"]) for m in docs["model"]
                  if m.get("owner") == me and not m.get("tier") and m["state"] not in DEAD}  # fmt: skip
    if roles & {"owner", "developer"}:
        take("request", to=me, state={"open", "rejected"})
        take("challenge", to=me, state={"asked", "disputed"})
    if "validator" in roles:
        take("validation", lead=me, state={"planned", "fieldwork", "reporting"})
        take("validation", state="opined")
        take("request", by=me, state="provided")
        take("challenge", by=me, state="answered")
        take("finding", state={"draft", "ready-for-retest"})
        take("change", state="raised")
        take("monitoring", state="draft")
    if roles & {"approver", "mrm-head"}:
        take("approval", state="requested")
        take("exemption", state="proposed")
        take("waiver", state="requested")
    if "approver" in roles:
        take("overlay", state="proposed")
    if "mrm-head" in roles:
        take("finding", state="disputed")
        take("challenge", state="escalated")
        take("change", state="classified")
    return found
