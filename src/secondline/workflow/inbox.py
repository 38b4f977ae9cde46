"""Inbox: what waits for one person, by the roles they hold; one line of a table for each kind of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.dates import days_after
from secondline.ledger.records import Records
from secondline.workflow.calendar import LIVE

ME = "{me}"
MOST = 100
SOON = 30
"""Days before the end of a judge's card from which on it waits."""
LAST = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Wait:
    """One kind of work that waits: for whom, which records, what is asked, which facet holds its day.

    ``within`` is from how many days before its day on it waits; 0: as soon as it is there.
    """

    role: str
    record: str
    where: Mapping[str, Any]
    ask: str
    due: str = ""
    within: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for somebody."""

    ask: str
    record: str
    id: str
    model: str
    due: str
    late: int
    """Days past its day; negative while there is time, 0 also when it has no day."""
    role: str


WAITS = (
    Wait("owner", "finding", {"owner": ME, "state": "issued"}, "Answer the finding", "due"),
    Wait("owner", "finding", {"owner": ME, "state": "agreed"}, "Begin the remedy", "due"),
    Wait("owner", "finding", {"owner": ME, "state": "in-remediation"}, "Mend it and hand it over for re-test", "due"),
    Wait("owner", "monitoring", {"owner": ME, "state": "approved"}, "Check the monitoring", "next_check"),
    Wait("owner", "alarm", {"owner": ME, "state": "raised"}, "Acknowledge the alarm", "due"),
    Wait("owner", "alarm", {"owner": ME, "state": "acknowledged"}, "Say what is done about the alarm", "due"),
    Wait("owner", "alarm", {"owner": ME, "state": "acting"}, "Find what is behind the alarm and close it"),
    Wait("owner", "model", {"owner": ME, "tier": 0, "state__in": LIVE}, "Have the model rated"),
    Wait("owner", "request", {"to": ME, "state__in": ("open", "rejected")}, "Provide what was requested", "due"),
    Wait("owner", "challenge", {"to": ME, "state__in": ("asked", "disputed")}, "Answer the question"),
    Wait("developer", "request", {"to": ME, "state__in": ("open", "rejected")}, "Provide what was requested", "due"),
    Wait("developer", "challenge", {"to": ME, "state__in": ("asked", "disputed")}, "Answer the question"),
    Wait("validator", "validation", {"lead": ME, "state__in": ("planned", "fieldwork", "reporting")},
         "Bring the validation forward", "due"),
    Wait("validator", "validation", {"state": "opined"}, "Sign or return the opinion", "due"),
    Wait("validator", "request", {"by": ME, "state": "provided"}, "Accept or return what was provided", "due"),
    Wait("validator", "challenge", {"by": ME, "state": "answered"}, "Settle or dispute the answer"),
    Wait("validator", "finding", {"state": "draft"}, "Issue or withdraw the draft", "due"),
    Wait("validator", "finding", {"state": "ready-for-retest"}, "Re-test the finding", "due"),
    Wait("validator", "alarm", {"level__in": ("red", "stop"), "state": "raised"}, "Look at the red alarm", "due"),
    Wait("validator", "change", {"state": "raised"}, "Classify the change"),
    Wait("validator", "judge", {"state": "carded"}, "Decide on the judge's card"),
    Wait("validator", "judge", {"state": "eligible"}, "Calibrate the judge again: its card ends", "expires", SOON),
    Wait("validator", "monitoring", {"state": "draft"}, "Approve the monitoring plan"),
    Wait("approver", "approval", {"state": "requested"}, "Sign or refuse the approval"),
    Wait("approver", "overlay", {"state": "proposed"}, "Approve the overlay"),
    Wait("approver", "exemption", {"state": "proposed"}, "Approve the exemption"),
    Wait("approver", "waiver", {"state": "requested"}, "Grant or refuse the waiver"),
    Wait("mrm-head", "approval", {"state": "requested"}, "Sign or refuse the approval"),
    Wait("mrm-head", "finding", {"state": "disputed"}, "Decide the dispute", "due"),
    Wait("mrm-head", "challenge", {"state": "escalated"}, "Decide the disagreement"),
    Wait("mrm-head", "alarm", {"level__in": ("red", "stop"), "state__in": ("raised", "acknowledged")},
         "Have somebody decide on the red alarm", "due"),
    Wait("mrm-head", "waiver", {"state": "requested"}, "Grant or refuse the waiver"),
    Wait("mrm-head", "change", {"state": "classified"}, "Approve the change"),
    Wait("mrm-head", "exemption", {"state": "proposed"}, "Approve the exemption"),
)  # fmt: skip


def inbox(look: Records, person: str, roles: frozenset[str], today: str) -> list[Item]:
    """Return what waits for a person, the latest first, then by day; each record once for each thing asked."""
    found = {
        (i.record, i.id, i.ask): i for wait in WAITS if wait.role in roles for i in _items(look, wait, person, today)
    }
    return sorted(found.values(), key=lambda i: (i.due or LAST, i.ask, i.id))


def _items(look: Records, wait: Wait, person: str, today: str) -> Iterator[Item]:
    where = {facet: person if value == ME else value for facet, value in wait.where.items()}
    if wait.within:
        where[f"{wait.due}__le"] = days_after(date.fromisoformat(today), wait.within).isoformat()
    for row in look.page(wait.record, where, order=wait.due or "id", limit=MOST).rows:
        due = str(row.get(wait.due) or "")[:10] if wait.due else ""
        late = (date.fromisoformat(today) - date.fromisoformat(due)).days if due else 0
        model = row["id"] if wait.record == "model" else str(row.get("model") or "")
        yield Item(wait.ask, wait.record, row["id"], model, due, late, wait.role)
