"""The example bank: every story ends where it should, by the rules, and the same way each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from secondline.core.errors import SpecError
from secondline.ledger.events import Event
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify
from secondline.workflow import policy
from secondline.workflow.estate import inventory, people, stories
from secondline.workflow.estate import policy as framework
from secondline.workflow.estate.bank import Bank
from secondline.workflow.estate.build import Built, build_estate, is_estate
from secondline.workflow.estate.tables import Entry, entries, rows

ENDS = {
    "conditional": "in-use", "overdue": "in-use", "low-tier": "in-use", "vendor": "in-use", "vendor-gap": "in-use",
    "tool": "in-use", "spreadsheet": "in-use", "validating": "in-validation", "low-data": "in-use",
    "finding-critical": "restricted", "finding-major": "in-use", "finding-medium": "in-use", "emergency": "restricted",
    "genai-proposed": "proposed", "rejected": "in-development", "development": "in-development",
    "change-cumulative": "in-use", "overlay": "in-use", "genai": "in-use", "genai-light": "in-use",
    "genai-validating": "in-validation", "method": "in-use",
}  # fmt: skip
"""The state in which the models of a story end; a story that is not named ends in the state of its own name."""
PAGE = 1_000


@pytest.mark.slow
def test_every_story_ends_in_its_state(estate: Ledger) -> None:
    """Each model of the table stands where its story leads."""
    for one in entries():
        state = estate.records.need("model", one.id)["state"]
        assert state == ENDS.get(one.story, one.story), one.id


@pytest.mark.slow
def test_every_story_leaves_what_it_is_about(estate: Ledger, day: date) -> None:
    """What a story is told for is on record: the late, the disputed, the capped, the waiting."""
    today = day.isoformat()
    for one in entries():
        told = TOLD.get(one.story)
        if told is not None:
            assert told(estate, one, today), f"{one.id}: {one.story}"


@pytest.mark.slow
def test_findings_are_in_every_state(estate: Ledger, day: date) -> None:
    """Between them the findings show every state of the record, late and in time, and both ways of closing."""
    found = estate.records.find("finding")
    states = {"draft", "issued", "agreed", "disputed", "in-remediation", "ready-for-retest", "closed", "accepted",
              "merged", "withdrawn"}  # fmt: skip
    assert {f["state"] for f in found} == states
    late = Counter(f["due"] < day.isoformat() for f in found if f["state"] == "in-remediation")
    assert late[True]
    assert late[False]
    closures = [f["closure"] for f in found if f["state"] == "closed"]
    assert any(c.get("run") for c in closures)
    assert any(c.get("evidence") for c in closures)
    assert any(f.get("extensions") for f in found)
    expiries = [f["acceptance"]["expires"] < day.isoformat() for f in found if f["state"] == "accepted"]
    assert sorted(expiries) == [False, True]


@pytest.mark.slow
def test_the_ledger_is_whole(built: tuple[Path, Built]) -> None:
    """Every seal, object, checkpoint and projection of the example bank checks."""
    folder, made = built
    found = verify(folder)
    assert found.problems == ()
    assert found.events == made.events


@pytest.mark.slow
def test_nobody_judged_their_own_work(estate: Ledger) -> None:
    """Going through all events with no help from the rules: no judge ever built or owned the model."""
    built, owned = _first_line(estate)
    judged = 0
    for event in _events(estate):
        model = _model_of(estate, event)
        if event.kind in JUDGING and model:
            judged += 1
            assert event.actor not in built.get(model, set()), (event.kind, event.subject)
            assert event.actor not in owned.get(model, set()), (event.kind, event.subject)
    assert judged > 1_000


@pytest.mark.slow
def test_no_validator_approved_what_they_validated(estate: Ledger) -> None:
    """At the two highest tiers whoever validated a model signed no approval of it."""
    validated: dict[str, set[str]] = {}
    for v in estate.records.find("validation"):
        validated.setdefault(v["model"], set()).update({v["lead"], *v.get("team", ()), v.get("signed_by", "")})
    signed = [(a["model"], s["person"]) for a in estate.records.find("approval") if a["tier"] in {1, 2}
              for s in a["signatures"]]  # fmt: skip
    assert len(signed) > 50
    assert not [(m, p) for m, p in signed if p in validated.get(m, set())]


@pytest.mark.slow
def test_what_was_refused_is_on_record(built: tuple[Path, Built], estate: Ledger) -> None:
    """Each attempt that the rules refused is an event of its own, self-approval among them."""
    refused = [e for e in _events(estate) if e.kind == "act.refused"]
    assert len(refused) == built[1].refused > 20
    tried = {e.payload["refused"] for e in refused}
    assert {"approval.signed", "rating.given", "finding.closed", "validation.planned", "role.granted"} <= tried


@pytest.mark.slow
def test_the_past_can_be_visited(estate: Ledger, day: date) -> None:
    """A year ago fewer models were in use, and what is in force now was not; the oldest day knows almost nothing."""
    now, then = estate.records, estate.as_of((day - timedelta(days=365)).isoformat())
    first = estate.as_of((day - timedelta(days=730)).isoformat())
    count = [look.count("model", (), {"state": "in-use"}).get((), 0) for look in (first, then, now)]
    assert count == sorted(count)
    assert len(set(count)) == 3
    assert {a["pack"] for a in then.find("adoption", state="adopted")} >= {"us-sr11-7-legacy"}
    packs = {a["pack"] for a in now.find("adoption", state="adopted")}
    assert packs == {"us-sr26-2", "uk-ss1-23", "eu-irb", "us-fair-lending"}
    assert then.need("method", "tiering@2025.1")["state"] == "adopted"
    assert now.need("method", "tiering@2025.1")["state"] == "ended"


@pytest.mark.slow
def test_the_policy_is_mostly_met_with_gaps(estate: Ledger, day: date) -> None:
    """Most of what the packs ask is met; some is not, some is waived, and nothing is undecided for lack of a fact."""
    found = policy.coverage(estate, day=day.isoformat())
    status = Counter(v.status for row in found.matrix.values() for v in row.values())
    assert status["met"] > 2 * status["not_met"] > 0
    assert status["waived"] >= 1
    assert "undecided" not in status


@pytest.mark.slow
def test_runs_were_made_by_the_team_before_they_were_attached(estate: Ledger) -> None:
    """Each attached run was made by a member of the team, by a plan recorded before it, inside the story's time."""
    runs = {r["id"]: r for r in estate.records.find("run")}
    attached = [(v, run) for v in estate.records.find("validation") for run in v.get("runs", ())]
    assert len(attached) >= 10
    for validation, run in attached:
        made = estate.records.past("run", run)[0]
        assert made.actor in {validation["lead"], *validation.get("team", ())}
        assert estate.records.past("plan", runs[run]["plan"])[0].seq < made.seq
        assert runs[run]["finished_at"][:10] == made.at[:10]


def test_the_same_day_gives_the_same_records(tmp_path: Path) -> None:
    """Part of the bank, built twice: the same events in the same order, apart from what keys sign."""
    assert _part(tmp_path / "one") == _part(tmp_path / "two") != []


def test_the_tables_hang_together() -> None:
    """Every name in the tables is in the tables: people, models and stories."""
    models, persons = {e.id for e in entries()}, {row["id"] for row in rows("people")}
    for one in entries():
        assert {one.owner, one.developer, one.validator} <= persons, one.id
        assert one.story in stories.STORIES, one.id
    assert {end for row in rows("links") for end in (row["frm"], row["to"])} <= models
    assert {fed for row in rows("sources") for fed in row["feeds"].split()} <= models
    with pytest.raises(AttributeError):
        _ = entries()[0].nothing


def test_other_records_are_never_overwritten(tmp_path: Path) -> None:
    """A ledger that is no example bank stays, even when a fresh one is asked for."""
    Ledger.open(tmp_path).act("person.added", "ada", "ada", {"name": "Ada", "roles": ["admin"]})
    with pytest.raises(SpecError, match="already"):
        build_estate(tmp_path, date(2026, 6, 1))
    with pytest.raises(SpecError, match="no example bank"):
        build_estate(tmp_path, date(2026, 6, 1), fresh=True)
    assert Ledger.open(tmp_path).records.get("person", "ada")
    assert not is_estate(tmp_path)
    assert not is_estate(tmp_path / "nowhere")


def test_a_bank_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """When the building is interrupted no half bank stays behind."""

    def stop(_what: str, done: int, _total: int) -> None:
        if done > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_estate(tmp_path / "bank", date(2026, 6, 1), stop)
    assert not (tmp_path / "bank").exists()


def test_an_act_that_should_be_refused_and_is_not_stops_the_story(tmp_path: Path) -> None:
    """The bank does not go on when the rules let pass what they must not."""
    bank = Bank(tmp_path / "bank", date(2026, 6, 1), tmp_path)
    with pytest.raises(AssertionError, match="must not"):
        bank.refused(lambda: None)


Told = Callable[[Ledger, Entry, str], Any]


def _late_finding(severity: str) -> Told:
    return lambda ledger, one, today: [
        f for f in ledger.records.find("finding", model=one.id, severity=severity)
        if f["due"] < today or f.get("extensions")
    ]  # fmt: skip


def _in_state(record: str, *states: str) -> Told:
    return lambda ledger, one, _: [d for d in ledger.records.find(record, model=one.id) if d["state"] in states]


TOLD: dict[str, Told] = {
    "overdue": lambda ledger, one, today: ledger.records.need("model", one.id)["next_validation"] < today,
    "conditional": _in_state("approval", "conditional"),
    "low-data": lambda ledger, one, _: ledger.records.find("limitation", model=one.id, kind="data"),
    "vendor-gap": lambda ledger, one, _: ledger.records.find("evidence", model=one.id, kind="vendor-gap"),
    "validating": _in_state("challenge", "disputed"),
    "genai-validating": _in_state("challenge", "escalated"),
    "finding-critical": _late_finding("critical"),
    "finding-major": _late_finding("major"),
    "finding-medium": _in_state("finding", "disputed"),
    "rejected": _in_state("approval", "rejected"),
    "emergency": lambda ledger, one, today: [
        a for a in ledger.records.find("approval", model=one.id) if a["renewals"] == 1 and a["expires"] >= today
    ],
    "change-cumulative": lambda ledger, one, _: (
        [(c["class_"], c["alone"]) for c in ledger.records.find("change", model=one.id)][-1] == ("A", "B")
    ),
    "overlay": lambda ledger, one, _: ledger.records.find("overlay", model=one.id)[0]["renewals"] == 2,
    "exempt": _in_state("exemption", "approved"),
    "suspended": _in_state("pass", "suspended"),
    "decommissioned": lambda ledger, one, _: not ledger.records.find("link", frm=f"model/{one.id}", state="active"),
    "genai": _in_state("change", "classified"),
    "method": lambda ledger, one, _: ledger.records.need("model", one.id)["version_in_use"] == "2026.1",
}
"""What must be on record for a story to have been told."""
JUDGING = frozenset({
    "validation.planned", "validation.declared", "validation.opined", "validation.signed", "validation.run-attached",
    "finding.issued", "finding.closed", "finding.returned", "finding.accepted", "finding.extended", "finding.upheld",
    "approval.decided", "approval.signed", "scope.decided", "rating.resolved", "change.classified", "change.approved",
    "overlay.approved", "overlay.renewed", "exemption.approved", "waiver.granted", "monitoring.approved",
    "version.validated", "model.validated", "review.noted", "challenge.settled", "pass.issued",
})  # fmt: skip


def _events(ledger: Ledger) -> Iterator[Event]:
    after = 0
    while page := ledger.records.events(after=after, limit=PAGE):
        yield from page
        after = page[-1].seq


def _model_of(ledger: Ledger, event: Event) -> str:
    record, _, id_ = event.subject.partition("/")
    return id_ if record == "model" else str((ledger.records.get(record, id_) or {}).get("model", ""))


def _first_line(ledger: Ledger) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return who ever built and who ever owned each model, from the events alone."""
    built: dict[str, set[str]] = {}
    owned: dict[str, set[str]] = {}
    for event in _events(ledger):
        changes = event.payload.get("set", {})
        if event.kind == "version.registered":
            built.setdefault(changes["model"], set()).update({event.actor, *changes["developers"]})
        if event.kind in {"model.registered", "model.changed"}:
            id_ = event.subject.partition("/")[2]
            built.setdefault(id_, set()).update({changes["developer"]} if changes.get("developer") else set())
            owned.setdefault(id_, set()).update({changes["owner"]} if changes.get("owner") else set())
    return built, owned


PART = ("tiering-method", "bureau-score", "synthetic-id", "branch-staffing", "bnpl-limit")


def _part(folder: Path) -> list[tuple[Any, ...]]:
    """Build a part of the bank and return its events without what its keys have signed."""
    bank = Bank(folder / "bank", date(2026, 11, 25), folder)
    people.join(bank)
    bank.live([inventory.supply(bank), framework.framework(bank), framework.methods(bank),
               *(stories.life_of(bank, name) for name in PART)])  # fmt: skip
    return [
        (
            e.at,
            e.actor,
            e.kind,
            e.subject,
            e.reason,
            {k: v for k, v in e.payload.get("set", {}).items() if k not in KEYED},
        )
        for e in _events(bank.ledger)
    ]


KEYED = {"envelope", "object", "digest", "stored"}
"""What keys sign, or what names the machine on which a run was made."""
