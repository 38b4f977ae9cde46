"""A small bank for tests of approval: people, a model with a version and uses, what others would have put on record."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from secondline.core.canonical import canonical
from secondline.ledger.database import append
from secondline.ledger.events import Event
from secondline.ledger.projection import project
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt
from secondline.workflow.approving import adopt_policy, decide, propose_policy, reading, request, sign
from secondline.workflow.passes import issue

BYTES = b"the model itself"
DIGEST = sha256(BYTES).hexdigest()
PEOPLE = {
    "ada": ("admin",), "dan": ("developer",), "olga": ("owner",), "vera": ("validator",), "vito": ("validator",),
    "hal": ("mrm-head",), "bea": ("approver",), "ben": ("approver",), "aud": ("auditor",),
    "max": ("approver", "validator", "developer"),
}  # fmt: skip
LIMITS: tuple[dict[str, Any], ...] = (
    {"kind": "volume", "decisions": 100, "per": "day"},
    {"kind": "amount", "amount": 50_000, "per": "day", "currency": "USD"},
    {"kind": "population", "column": "limit", "low": 0, "high": 5_000},
    {"kind": "monitoring", "metric": "bad rate", "frequency": "daily"},
)


class Bank:
    """A ledger with people, one approved policy, and a clock that stands until it is moved."""

    def __init__(self, folder: Path, tier: int = 2, day: str = "2026-05-01") -> None:
        self.day, self.ticks = day, self._ticking()
        self.ledger = Ledger.open(folder, clock=lambda: next(self.ticks))
        self.ledger.act("person.added", "ada", "ada", {"name": "Ada", "roles": ("admin",)})
        for who, roles in PEOPLE.items():
            if who != "ada":
                self.ledger.act("person.added", "ada", who, {"name": who.title(), "roles": roles})
        propose_policy(self.ledger, "hal", reason="first")
        adopt_policy(self.ledger, "bea", "2026.1", reason="first")
        self.model("pd", tier)

    def _ticking(self) -> Iterator[str]:
        count = 0
        while True:
            count += 1
            yield f"{self.day}T{count // 3600 % 24:02d}:{count // 60 % 60:02d}:{count % 60:02d}.000Z"

    def model(self, model: str, tier: int) -> None:
        """Register a model with version 1.0 and two uses."""
        do = self.ledger.act
        do("model.registered", "olga", model, {"name": model, "owner": "olga", "developer": "dan"})
        self.plant("model", model, "model.rated", "vera", tier=tier)
        do("version.registered", "dan", f"{model}@1.0",
           {"model": model, "version": "1.0", "digest": DIGEST, "developers": ("dan",)})  # fmt: skip
        do("use.proposed", "olga", "", {"model": model, "name": "origination"})
        do("use.proposed", "olga", "", {"model": model, "name": "limits"})

    def plant(self, record: str, id_: str, act: str, actor: str, /, **changes: Any) -> None:
        """Put on record what another family's acts would, without that family's rules."""
        with self.ledger.database.writing() as connection:
            before = self.ledger.records.get(record, id_) or {}
            seen = int(before.pop("seq", 0))
            before.pop("id", None)
            body = canonical({"set": changes})
            event = append(connection, Event(0, self.ledger.clock(), actor, act, f"{record}/{id_}", body))
            project(connection, event, before, seen)

    def validated(self, model: str = "pd", by: str = "vera", **more: Any) -> str:
        """Sign a validation of version 1.0."""
        id_ = f"V-{model}-{by}-{len(self.ledger.records.find('validation'))}"
        self.plant("validation", id_, "validation.planned", by, model=model, version="1.0", lead=by, team=[by],
                   state="planned", kind="initial")  # fmt: skip
        self.plant("validation", id_, "validation.signed", by, state="signed",
                   **{"opinion": 1, "recommendation": "approve", **more})  # fmt: skip
        return id_

    def planned(self, model: str = "pd", by: str = "vera") -> None:
        """Plan a validation that is not finished."""
        self.plant("validation", "V-plan", "validation.planned", by, model=model, version="1.0", lead=by, team=[by],
                   state="planned", kind="emergency")  # fmt: skip

    def watched(self, model: str = "pd") -> None:
        """Approve a monitoring plan."""
        self.plant("monitoring", f"MP-{model}", "monitoring.approved", "vera", model=model, state="approved")

    def finding(self, severity: str, state: str = "issued", **more: Any) -> str:
        """Raise a finding on version 1.0."""
        id_ = f"F-{len(self.ledger.records.find('finding')) + 1}"
        self.plant("finding", id_, "finding.raised", "vera", model="pd", version="1.0", severity=severity, state=state,
                   **more)  # fmt: skip
        return id_

    def ask(self, actor: str = "olga", **more: Any) -> str:
        """Request approval of pd@1.0 for its first use."""
        form = {"model": "pd", "version": "1.0", "uses": ("origination",), "expires": "2026-12-31",
                "residual": "low: watched monthly", **more}  # fmt: skip
        return request(self.ledger, actor, form).id

    def emergency(self, **more: Any) -> str:
        """Request emergency use."""
        facts = {"kind": "emergency", "seeks": "restricted", "expires": "2026-06-15", "conditions": LIMITS,
                 "told": ("cards", "compliance"), "justification": "Attack under way"}  # fmt: skip
        return self.ask(**{**facts, **more})

    def sign(self, id_: str, *people: str, verdict: str = "approve") -> None:
        """Sign what is there, one after the other."""
        for who in people:
            sign(self.ledger, who, id_, reading(self.ledger, id_).signs, verdict=verdict, affirms=True)

    def decide(self, id_: str, who: str, decision: str = "approve") -> list[Receipt]:
        """Decide."""
        return decide(self.ledger, who, id_, decision, "As signed.")

    def approved(self, **more: Any) -> str:
        """Have pd@1.0 validated, signed and approved at tier 2."""
        self.validated()
        self.watched()
        id_ = self.ask(**more)
        self.sign(id_, "hal", "bea")
        self.decide(id_, "hal", str(more.get("seeks", "approve")))
        return id_

    def passed(self, **more: Any) -> str:
        """Issue the pass of an approved version."""
        return issue(self.ledger, "hal", self.approved(**more)).id

    def get(self, record: str, id_: str) -> dict[str, Any]:
        """Return a record."""
        return self.ledger.records.need(record, id_)

    def try_all(self, *orders: Order) -> None:
        """Do several acts as one."""
        self.ledger.acts(orders)
