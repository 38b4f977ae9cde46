"""A big bank in bulk: every kind of record in plausible numbers, as events with the ledger's own seals.

Only the acts are not tried: their changes are written as they would be. Documents and lists are the ledger's rebuild.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical
from secondline.govern.record import RECORDS
from secondline.ledger.checkpoints import keep_up
from secondline.ledger.database import FILE, Database
from secondline.ledger.events import Event
from secondline.ledger.keeping import rebuild_derived
from secondline.ledger.proof.seals import FIELDS, GENESIS
from secondline.ledger.sql import insert
from secondline.ledger.store import Ledger

START, DAYS = datetime(2019, 1, 1, tzinfo=UTC), 2_800
TODAY = (START + timedelta(days=DAYS)).date()
FAMILIES = ("credit", "fraud", "aml", "compliance", "market", "treasury", "operations", "genai", "other")
METHODS = ("logistic regression", "gradient boosting", "expert scorecard", "neural network", "rules", "language model")
STATES = ("in-use",) * 11 + ("approved", "in-development", "in-validation", "restricted", "suspended", "proposed",
                             "decommissioned", "decommissioned", "exempt")  # fmt: skip
FINDINGS = ("closed",) * 6 + ("issued", "agreed", "in-remediation", "ready-for-retest", "accepted", "disputed")
SEVERITIES = ("low",) * 5 + ("medium",) * 4 + ("major",) * 2 + ("critical",)
KINDS = ("development-document", "code-review", "implementation-test", "data-quality", "lineage", "minutes")
PACKS = ("us-sr26-2", "uk-ss1-23", "eu-ai-act")
HOUSE = {"ada": "admin", "mira": "mrm-head", "vera": "validator", "abe": "approver", "olga": "owner",
    "dev": "developer",
         "aud": "auditor"}  # fmt: skip
Step = tuple[str, str, str, str, dict[str, Any]]
"""Act, record, id, actor, changes."""


@dataclass
class Big:
    """What is made, how much of it, and the numbers given out so far."""

    models: int
    events: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    given: dict[str, int] = field(default_factory=dict)
    mine: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """How many owners, developers and validators there are, besides the house."""
        return max(self.models // 50, 20)

    def number(self, record: str, model: int = -1) -> str:
        """Return the next id of a record, noted for its model."""
        self.given[record] = self.given.get(record, 0) + 1
        name = f"{RECORDS[record].prefix}-{self.given[record]}"
        self.mine.setdefault(record, {}).setdefault(model, []).append(name)
        return name

    def person(self, role: str, n: int) -> str:
        """Return somebody of a role."""
        return f"{role}{n % self.people}"

    def day(self, low: int, high: int) -> str:
        """Return some day around the present one."""
        return (TODAY + timedelta(days=self.chance.randrange(low, high))).isoformat()

    def some(self, share: float) -> bool:
        """Return whether something happens that happens to such a share."""
        return self.chance.random() < share


def state_of(n: int) -> str:
    """Return where a model ends up."""
    return STATES[n * 7 % len(STATES)]


def steps(big: Big) -> Iterator[Step]:
    """Yield everything that happens, phase by phase, and corrections until there are enough events."""
    yield from _people(big)
    n = 0
    for phase in (*PHASES, *[_checked, _corrected] * 40):
        for model in range(big.models):
            for step in phase(big, model):
                yield step
                n += 1
        if n >= big.events - big.models * 2 and phase is _corrected:
            break
    while n < big.events:
        yield from _corrected(big, big.chance.randrange(big.models))
        n += 1


def _people(big: Big) -> Iterator[Step]:
    for name, role in HOUSE.items():
        facts = {"name": f"{name.title()} Example", "email": f"{name}@bank.example", "roles": [role], "state": "active"}
        yield "person.added", "person", name, "ada", facts
    for role in ("owner", "developer", "validator"):
        for n in range(big.people):
            name = f"{role}{n}"
            facts = {"name": f"{role.title()} {n}", "email": f"{name}@bank.example", "roles": [role], "state": "active"}
            yield "person.added", "person", name, "ada", facts
    for pack in PACKS:
        facts = {"pack": pack, "version": "2026.1", "since": "2026-05-01", "state": "adopted"}
        yield "pack.adopted", "adoption", pack, "mira", facts
    for n in range(max(big.models // 200, 10)):
        yield "source.registered", "source", f"source-{n}", "olga", {"name": f"Source {n}", "state": "active"}
    for n in range(200):
        yield "evidence.filed", "evidence", big.number("evidence"), "mira", {
            "kind": KINDS[n % 6], "title": f"House paper {n}", "model": "", "on": big.day(-700, 0), "note": "Filed.",
            "valid_until": big.day(-100, 900), "filed_by": "mira", "state": "filed"}  # fmt: skip


def _entry(big: Big, n: int) -> Iterator[Step]:
    facts: dict[str, Any] = {
        "name": f"{FAMILIES[n % 9].title()} model {n}", "description": "What it does, in a sentence or two. " * 5,
        "family": FAMILIES[n % 9], "kind": "genai" if n % 9 == 7 else "model", "method": METHODS[n % 6],
        "owner": big.person("owner", n), "developer": big.person("developer", n * 3), "entity": f"Entity {n % 40}",
        "business_line": f"Line {n % 25}", "jurisdictions": ["US", "UK", "EU"][: 1 + n % 3],
        "origin": "vendor" if n % 8 == 0 else "in-house", "machine_learning": n % 6 in {1, 3}, "state": "proposed",
        "users": ["branch", "call centre"], "personal_data": n % 2 == 0,
    }  # fmt: skip
    if n % 8 == 0:
        facts["vendor"] = f"vendor-{n // 8 % 60}"
    yield "model.registered", "model", f"m{n}", facts["owner"], facts


def _built(big: Big, n: int) -> Iterator[Step]:
    model, dev, owner = f"m{n}", big.person("developer", n * 3), big.person("owner", n)
    for label in ("1.0", "2.0")[: 1 + n % 2]:
        facts = {"model": model, "version": label, "developers": [dev], "commit": "abc", "state": "registered",
                 "digest": sha256(f"{model}{label}".encode()).hexdigest()}  # fmt: skip
        yield "version.registered", "version", f"{model}@{label}", dev, facts
    for _ in range(1 + n % 2):
        facts = {"model": model, "name": "Origination", "purpose": "Decides.", "decisions_per_year": n * 10 + 1,
                 "automation": ("advisory", "automated")[n % 2], "adverse": n % 3 == 0,
                     "state": "proposed"}  # fmt: skip
        yield "use.proposed", "use", big.number("use", n), owner, facts
    yield _link(big, f"source/source-{n % max(big.models // 200, 10)}", model, "data", owner)
    if n % 10:
        yield _link(big, f"model/m{n - 1}", model, "output", owner)


def _link(big: Big, frm: str, model: str, kind: str, actor: str) -> Step:
    return ("link.made", "link", big.number("link"), actor,
            {"frm": frm, "to": f"model/{model}", "kind": kind, "state": "active"})  # fmt: skip


def _rated(big: Big, n: int) -> Iterator[Step]:
    model, tier = f"m{n}", 1 + n * 11 % 4
    for line, who in (("first", big.person("owner", n)), ("second", big.person("validator", n))):
        facts = {"model": model, "line": line, "method": "tiering@2026.1", "answers": {}, "tier": tier, "by": who,
                 "on": "2024-02-01", "state": "given", "exposure": 3, "purpose": 3, "materiality": 3,
                     "inherent": 3}  # fmt: skip
        yield "rating.given", "rating", big.number("rating", n), who, facts
    facts = {"tier": tier, "materiality": 3, "inherent": 3, "next_rating": big.day(-60, 700)}
    yield "model.rated", "model", model, big.person("validator", n), facts
    scope = {"model": model, "regime": "us-sr26-2", "verdict": "model", "definition": "us-sr26-2@2026",
        "because": "It is.",
             "state": "decided", "decided_by": "mira"}  # fmt: skip
    yield "scope.decided", "scope", f"{model}:us-sr26-2", "mira", scope
    yield "limitation.recorded", "limitation", big.number("limitation", n), big.person("owner", n), {
        "model": model, "kind": "data", "statement": "Thin files.", "watched_by": "stability.psi",
            "state": "open"}  # fmt: skip
    yield "assumption.recorded", "assumption", big.number("assumption", n), big.person("owner", n), {
        "model": model, "kind": "economic", "statement": "As before.", "state": "open"}  # fmt: skip
    for _ in range(2):
        paper = {"kind": KINDS[big.chance.randrange(6)], "title": f"Paper of {model}", "model": model, "note": "Filed.",
                 "on": big.day(-900, -1), "valid_until": big.day(-200, 800), "state": "filed"}  # fmt: skip
        yield "evidence.filed", "evidence", big.number("evidence", n), big.person("developer", n * 3), paper


def _validated(big: Big, n: int) -> Iterator[Step]:
    model, lead, version = f"m{n}", big.person("validator", n), "1.0"
    run = sha256(model.encode()).hexdigest()[:12]
    facts = {"model": model, "version": version, "object": "o", "plan": f"plan-{n}", "state": "fixed"}
    yield "plan.recorded", "plan", f"plan-{n}", lead, facts
    yield "run.finished", "run", run, lead, {
        "model": model, "version": version, "object": "o", "digest": "d", "finished_at": "2024-03-01T00:00:00Z",
        "answers": 120, "failed": n % 3, "grade": 1 + n % 4, "plan": f"plan-{n}", "state": "finished",
        "outcomes": {"discrimination.auc": {"current": "failed" if n % 3 else "passed"}}}  # fmt: skip
    name = big.number("validation", n)
    facts = {"model": model, "version": version, "kind": "initial", "lead": lead, "team": [], "due": big.day(-600, 200),
             "state": "planned", "scope": "All."}  # fmt: skip
    yield "validation.planned", "validation", name, "mira", facts
    yield "validation.started", "validation", name, lead, {"state": "fieldwork", "plans": [f"plan-{n}"], "runs": [run]}
    if n % 12 == 0:
        return
    yield "validation.opined", "validation", name, lead, {
        "state": "opined", "opinion": 1 + n % 3, "recommendation": "approve", "opined_on": "2024-04-01"}  # fmt: skip
    yield "validation.signed", "validation", name, "vera", {"state": "signed", "signed_by": "vera",
                                                            "signed_on": "2024-04-10"}  # fmt: skip
    yield "model.validated", "model", model, lead, {"last_validated": "2024-04-10", "opinion": 1 + n % 3,
                                                    "next_validation": big.day(-90, 900),
                                                        "validator": lead}  # fmt: skip
    yield "version.validated", "version", f"{model}@{version}", lead, {"state": "validated"}


def _found(big: Big, n: int) -> Iterator[Step]:
    for k in range(2):
        name, severity, end = big.number("finding", n), SEVERITIES[(n + k) % 12], FINDINGS[(n * 5 + k) % 12]
        facts = {"model": f"m{n}", "version": "1.0", "source": "run", "code": "discrimination.auc",
            "severity": severity,
                 "statement": "Ranks too weakly in the current population.", "owner": big.person("owner", n),
                 "due": big.day(-900, -100) if end == "closed" else big.day(-60, 300), "state": "draft",
                 "key": f"m{n}|{k}", "validation": f"V-{n + 1}"}  # fmt: skip
        yield "finding.raised", "finding", name, big.person("validator", n), facts
        yield "finding.issued", "finding", name, "vera", {"state": "issued", "issued": "2024-05-01"}
        if end != "issued":
            yield "finding.agreed", "finding", name, big.person("owner", n), {"state": "agreed", "answer": "Yes."}
            yield f"finding.{'closed' if end == 'closed' else 'started'}", "finding", name, "vera", {"state": end}


def _approved(big: Big, n: int) -> Iterator[Step]:
    model, state = f"m{n}", state_of(n)
    if state in {"proposed", "in-development", "in-validation", "exempt"}:
        if state != "proposed":
            yield "model.development-begun", "model", model, big.person("owner", n), {"state": state}
        return
    name, expires = big.number("approval", n), big.day(-30, 400)
    use = big.mine["use"][n][0]
    facts = {"model": model, "version": "1.0", "uses": [use], "use": use, "tier": 1 + n * 11 % 4, "kind": "normal",
             "seeks": "approve", "expires": expires, "residual": "low", "state": "requested",
             "requested_by": big.person("owner", n)}  # fmt: skip
    yield "approval.requested", "approval", name, facts["requested_by"], facts
    if n % 200 == 7:
        return
    yield "approval.signed", "approval", name, "abe", {"signatures": [{"person": "abe", "verdict": "approve"}]}
    yield "approval.decided", "approval", name, "abe", {"state": "approved", "decision": "approve"}
    yield "version.approved", "version", f"{model}@1.0", "abe", {"state": "in-use"}
    yield "use.approved", "use", use, "abe", {"state": "approved"}
    yield "model.in-use", "model", model, "abe", {"state": state, "version_in_use": "1.0"}
    yield "pass.issued", "pass", big.number("pass", n), "abe", {
        "model": model, "version": "1.0", "use": use, "uses": [use], "expires": expires, "approval": name,
        "digest": "", "kind": "normal", "state": "active" if n % 9 else "revoked", "envelope": {}}  # fmt: skip


def _watched(big: Big, n: int) -> Iterator[Step]:
    model, owner = f"m{n}", big.person("owner", n)
    line = {"metric": "stability.psi", "amber": 0.1, "red": 0.25, "action": "investigate", "frequency": "monthly"}
    facts = {"model": model, "owner": owner, "metrics": [line], "next_check": big.day(-30, 90), "state": "approved"}
    yield "monitoring.drafted", "monitoring", big.number("monitoring", n), owner, facts
    yield "attestation.made", "attestation", big.number("attestation", n), owner, {
        "model": model, "statement": "It is right.", "owner": owner, "on": "2025-01-15", "state": "made"}  # fmt: skip
    if big.some(0.05):
        yield "waiver.requested", "waiver", big.number("waiver", n), owner, {
            "control": "MRM-MON-01", "model": model, "reason": "Not yet.", "compensating": "By hand.",
            "expires": big.day(-50, 300), "state": ("requested", "granted")[n % 2]}  # fmt: skip
    if big.some(0.05):
        yield "overlay.proposed", "overlay", big.number("overlay", n), owner, {
            "model": model, "limitation": big.mine["limitation"][n][0], "reason": "Thin.", "size": 1.0, "unit": "EUR m",
            "method_over_time": "Again.", "expires": big.day(-50, 300), "state": "approved"}  # fmt: skip
    if big.some(0.2):
        yield "change.raised", "change", big.number("change", n), owner, {
            "model": model, "version": "1.1", "description": "New cut-offs.", "parts": ["parameters"],
            "baseline": f"{model}@1.0", "raised_by": owner, "state": ("raised", "implemented")[n % 8 > 0]}  # fmt: skip


def _checked(big: Big, n: int) -> Iterator[Step]:
    facts = {"status": ("green", "green", "amber", "red")[big.chance.randrange(4)], "next_check": big.day(-20, 90)}
    yield "monitoring.checked", "monitoring", big.mine["monitoring"][n][0], big.person("owner", n), facts


def _corrected(big: Big, n: int) -> Iterator[Step]:
    changes: dict[str, Any] = {"description": f"Corrected for the {big.chance.randrange(10**6)}th time. " * 3}
    if big.some(0.2):
        changes["business_line"] = f"Line {big.chance.randrange(25)}"
    yield "model.changed", "model", f"m{n}", big.person("owner", n), changes


PHASES: tuple[Callable[[Big, int], Iterator[Step]], ...] = (
    _entry, _built, _rated, _validated, _found, _approved, _watched,
)  # fmt: skip


def write(folder: Path, big: Big) -> None:
    """Write the events, sealed, and nothing else."""
    Database(folder / FILE)
    db = sqlite3.connect(folder / FILE)
    db.execute("PRAGMA synchronous = OFF")
    statement, previous, rows = insert("events", FIELDS), GENESIS, list[tuple[Any, ...]]()
    pace = timedelta(days=DAYS) / (big.events + big.models)
    for seq, (act, record, id_, actor, changes) in enumerate(steps(big), 1):
        at = (START + seq * pace).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = Event(seq, at, actor, act, f"{record}/{id_}", canonical({"set": changes}), "", "bulk", "", previous)
        previous = event.expected_seal()
        rows.append((*event.row()[:10], previous))
        if len(rows) == 50_000:
            db.executemany(statement, rows)
            db.commit()
            rows.clear()
    db.executemany(statement, rows)
    db.commit()
    db.close()


def open_big(folder: Path, models: int, events: int) -> tuple[Ledger, Mapping[str, float]]:
    """Return the big ledger in *folder*, made when there is none, and how many seconds each step of that took."""
    import time

    folder.mkdir(parents=True, exist_ok=True)
    seconds, start = dict[str, float](), time.perf_counter()
    if not (folder / FILE).exists():
        write(folder, Big(models, events))
        seconds["write events"] = round(time.perf_counter() - start, 1)
        start = time.perf_counter()
        ledger = Ledger.open(folder)
        rebuild_derived(ledger)
        seconds["rebuild documents and lists"] = round(time.perf_counter() - start, 1)
        start = time.perf_counter()
        with ledger.database.writing() as connection:
            keep_up(connection, ledger.keys)
        seconds["sign checkpoints"] = round(time.perf_counter() - start, 1)
    return Ledger.open(folder), seconds


def a_day(share: float) -> str:
    """Return the day after such a share of the time."""
    return (START.date() + timedelta(days=int(DAYS * share))).isoformat()


def present() -> date:
    """Return the day on which the bank is looked at."""
    return TODAY
