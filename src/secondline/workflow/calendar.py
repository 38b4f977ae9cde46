"""Calendar: what is due when, per model, from facets alone, so that a hundred thousand models answer at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import merge
from itertools import dropwhile, islice
from typing import Any

from secondline.core.dates import days_after
from secondline.govern.record import RECORDS
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt
from secondline.policy.calendar import next_validation
from secondline.policy.scoping import definition_of, scope_policy

LIVE = ("proposed", "in-development", "in-validation", "approved", "in-use", "restricted", "suspended", "exempt")
RUNNING = ("approved", "in-use", "restricted")
OPEN_FINDINGS = ("draft", "issued", "agreed", "disputed", "in-remediation", "ready-for-retest")
PAGE = 60
LAST = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry: which facet of which record holds its day, and in which states it counts."""

    what: str
    record: str
    facet: str
    states: tuple[str, ...]
    rule: str = ""


KINDS = (
    Kind("validation", "model", "next_validation", LIVE),
    Kind("rating", "model", "next_rating", LIVE),
    Kind("monitoring", "monitoring", "next_check", ("approved",), "monitoring plan"),
    Kind("validation work", "validation", "due", ("planned", "fieldwork", "reporting", "opined"), "validation plan"),
    Kind("finding", "finding", "due", OPEN_FINDINGS, "date of the finding"),
    Kind("approval ends", "approval", "expires", ("approved", "conditional", "restricted"), "approval"),
    Kind("pass ends", "pass", "expires", ("active", "restricted"), "pass"),
    Kind("alarm", "alarm", "due", ("raised", "acknowledged"), "monitoring plan"),
    Kind("judge card ends", "judge", "expires", ("eligible",), "the judge's card"),
    Kind("waiver ends", "waiver", "expires", ("granted",), "waiver"),
    Kind("overlay ends", "overlay", "expires", ("approved",), "overlay"),
    Kind("exemption re-check", "exemption", "recheck", ("approved",), "exemption"),
    Kind("evidence ends", "evidence", "valid_until", ("filed",), "evidence"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: for which model, what, when, by which rule, and how late it is (negative: days left)."""

    model: str
    what: str
    due: str
    source: str
    overdue: int
    record: str
    id: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Its place in the calendar; the cursor of the next page."""
        return (self.due, self.what, self.id)


def due(
    records: Records, today: date, *, until: date | None = None, limit: int = 200,
    after: tuple[str, str, str] = ("", "", ""), model: str = "", what: tuple[str, ...] = (),
) -> list[Due]:  # fmt: skip
    """Return what is due until a day (today: what is overdue or due now), soonest first, one page.

    ``after`` is the key of the last entry of the page before; ``model`` and ``what`` narrow it down.
    """
    edge = (until or today).isoformat()
    wanted = [kind for kind in KINDS if _declared(kind) and (not what or kind.what in what)]
    streams = [_dated(records, kind, edge, after[0], model) for kind in wanted]
    if not what or set(what) - {kind.what for kind in KINDS}:
        streams += [_missing(records, today, model), *_outdated(records, edge, model)]
    entries = (e for e in merge(*streams) if not what or e[1] in what)
    page = list(islice(dropwhile(lambda e: e[:3] <= after, entries), limit))
    named = _named(records, page, today)
    return [
        Due(m, w, day, named.get((w, id_)) or rule, (today - date.fromisoformat(day)).days, record, id_)
        for day, w, id_, m, record, rule in page
    ]


Entry = tuple[str, str, str, str, str, str]
"""Day, what, id, model, record, rule: sorted as it stands."""


def _declared(kind: Kind) -> bool:
    return kind.record in RECORDS and kind.facet in RECORDS[kind.record].facets


def _dated(records: Records, kind: Kind, edge: str, since: str, model: str) -> Iterator[Entry]:
    where = {f"{kind.facet}__le": edge, f"{kind.facet}__gt": "", "state__in": kind.states}
    where |= {f"{kind.facet}__ge": since} if since else {}
    where |= {("id" if kind.record == "model" else "model"): model} if model else {}
    for row in _rows(records, kind.record, where, kind.facet):
        name = row["id"] if kind.record == "model" else row.get("model", "")
        yield str(row[kind.facet])[:10], kind.what, row["id"], name, kind.record, kind.rule


def _rows(records: Records, record: str, where: Mapping[str, Any], order: str) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = records.page(record, where, order=order, limit=PAGE, after=after)
        yield from page.rows
        after = page.after
        if not after:
            return


def _missing(records: Records, today: date, model: str) -> Iterator[Entry]:
    """Models that run without a tier or without a day for their next validation: silence is no schedule."""
    day, one = today.isoformat(), {"id": model} if model else {}
    unrated = {"tier": 0, "state__in": ("in-development", "in-validation", *RUNNING), **one}
    for row in _rows(records, "model", unrated, "id"):
        yield day, "first rating", row["id"], row["id"], "model", "no rating is on record"
    unset = {"tier__in": (1, 2, 3), "next_validation__empty": True, "state__in": RUNNING, **one}
    for row in _rows(records, "model", unset, "id"):
        yield day, "validation without a day", row["id"], row["id"], "model", "in use, and no validation is scheduled"


def _outdated(records: Records, edge: str, model: str) -> Iterator[Iterator[Entry]]:
    """Ratings by a method that has ended, and scope decided by a definition that is no longer the regime's."""
    one = {"model": model} if model else {}
    for method in records.find("method", kind="tiering", state="adopted")[-1:]:
        days = int(method["parameters"]["trigger_days"])
        day = days_after(date.fromisoformat(method["adopted_on"]), days).isoformat()
        if day <= edge:
            where = {"method__ne": method["id"], "state__in": ("given", "resolved"), **one}
            rule = f"{method['id']} is in force since {method['adopted_on']}"
            yield _same_day(records, "rating", where, day, "rating by the new method", rule)
    for regime in scope_policy().regimes:
        definition = definition_of(regime, edge)
        if definition.effective_from <= edge:
            where = {"regime": regime, "definition__ne": definition.id, **one}
            rule = f"{regime} is defined by {definition.id} since {definition.effective_from}"
            yield _same_day(records, "scope", where, definition.effective_from, "scope", rule)


def _same_day(
    records: Records, record: str, where: Mapping[str, Any], day: str, what: str, rule: str
) -> Iterator[Entry]:  # fmt: skip
    for row in _rows(records, record, where, "id"):
        yield day, what, row["id"], row["model"], record, rule


def adopted_packs(records: Records) -> list[str]:
    """Return the packs the bank has adopted."""
    return [a["pack"] for a in records.find("adoption", state="adopted")] if "adoption" in RECORDS else []


def _named(records: Records, page: list[Entry], today: date) -> dict[tuple[str, str], str]:
    """Return the rule behind each validation and rating of one page."""
    mine = [(e[1], e[2]) for e in page if e[4] == "model" and e[1] in {"validation", "rating"}]
    if not mine:
        return {}
    docs = {doc["id"]: doc for doc in records.find("model", id__in=sorted({id_ for _, id_ in mine}))}
    packs = adopted_packs(records)
    return {(what, id_): _rule(what, docs.get(id_, {}), packs, today) for what, id_ in mine}


def _rule(what: str, model: Mapping[str, Any], packs: list[str], today: date) -> str:
    tier, called = int(model.get("tier", 0)), model.get("rerating")
    if what == "rating":
        return f"called by a change of {called}" if called else f"tiering method, tier {tier}"
    found = next_validation(model, tier, packs, today)
    return f"{found.rule} ({found.source}; {found.tag})"


def due_counts(records: Records, today: date, days: tuple[int, ...] = (30, 90)) -> dict[str, dict[str, int]]:
    """Return for each kind how many are overdue, and how many fall due within so many days."""
    edges = [("overdue", "", today.isoformat())]
    low = today.isoformat()
    for n in days:
        high = days_after(today, n + 1).isoformat()
        edges.append((f"within {n} days", low, high))
        low = high
    return {
        kind.what: {
            name: records.count(kind.record, (), {f"{kind.facet}__ge": low or "0", f"{kind.facet}__lt": high,
                                                  "state__in": kind.states}).get((), 0)
            for name, low, high in edges
        }
        for kind in KINDS if _declared(kind)
    }  # fmt: skip


def schedule_validation(
    ledger: Ledger, model: str, on: date, actor: str, reason: str, *, validation: str = "", via: str = ""
) -> Receipt:  # fmt: skip
    """Set a model's next validation by tier, type and adopted packs, counted from a validation signed *on* a day."""
    doc = ledger.records.need("model", model)
    found = next_validation(doc, int(doc.get("tier", 0)), adopted_packs(ledger.records), on)
    facts: dict[str, Any] = {"validation": validation, "next_validation": found.day.isoformat() if found.day else None}
    return ledger.act("model.scheduled", actor, model, facts, reason=f"{reason}; {found.rule}", via=via)


def bring_forward(ledger: Ledger, model: str, actor: str, *, via: str = "") -> Receipt | None:
    """Bring the next validation forward when a stricter tier or a new pack asks for it sooner; never put it off."""
    doc = ledger.records.need("model", model)
    last, old = doc.get("last_validated"), str(doc.get("next_validation") or "")
    if not last or not old:
        return None
    found = next_validation(doc, int(doc.get("tier", 0)), adopted_packs(ledger.records), date.fromisoformat(str(last)))
    if found.day is None or found.day.isoformat() >= old:
        return None
    return schedule_validation(ledger, model, date.fromisoformat(str(last)), actor, "brought forward", via=via)
