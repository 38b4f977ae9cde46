"""Approvals of the example bank: asked by owners, signed at the level of the tier, with their passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.govern.grounds import IN_FORCE
from secondline.workflow import approving, passes
from secondline.workflow.estate.bank import VIA
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import APPROVERS, HEAD

LASTS = {1: 365, 2: 720, 3: 1_000, 4: 1_000}
RESIDUAL = "What is left is watched monthly and is inside the appetite of the committee."
MITIGANTS = "Monthly monitoring, a share of decisions reviewed by people, and the open findings with their dates."
CAPS = (
    {"kind": "volume", "decisions": 20_000, "per": "week"},
    {"kind": "human-review", "share": 0.1, "of": "declined cases"},
    {"kind": "monitoring", "metric": "discrimination.auc", "frequency": "monthly"},
)
URGENT = (
    {"kind": "volume", "decisions": 900, "per": "day"},
    {"kind": "amount", "amount": 600_000, "per": "day", "currency": "EUR"},
    {"kind": "population", "column": "basket", "low": 0, "high": 400},
    {"kind": "monitoring", "metric": "share refused", "frequency": "daily"},
)


def ask(life: Life, seeks: str = "approve", conditions: tuple[Mapping[str, object], ...] = (), **more: Any) -> None:
    """Let the owner ask for approval."""
    form = {"model": life.id, "version": life.version, "uses": [life.use], "seeks": seeks, "residual": RESIDUAL,
            "expires": life.bank.ahead(LASTS[life.tier]), "conditions": list(conditions),
            "mitigants": MITIGANTS}  # fmt: skip
    life.approval = approving.request(life.bank.ledger, life.owner, form | more, via=VIA).id


def signers(life: Life) -> tuple[str, ...]:
    """Return who signs, one for each seat."""
    doc = life.bank.get("approval", life.approval)
    seats = [seat["seat"] for seat in doc["seats"]]
    if seats == ["model owner"]:
        return (life.owner,)
    start = life.entry.number("approver", len(APPROVERS))
    others = [APPROVERS[(start + i) % len(APPROVERS)] for i in range(len(seats))]
    head = [HEAD] if life.owner != HEAD else []
    return tuple([*head, *others][: len(seats)])


def read_and_sign(life: Life, who: str, verdict: str = "approve", statement: str = "") -> None:
    """Let somebody read the dossier and sign it."""
    signs = approving.reading(life.bank.ledger, life.approval).signs
    approving.sign(life.bank.ledger, who, life.approval, signs, verdict=verdict, affirms=verdict == "approve",
                   statement=statement, via=VIA)  # fmt: skip


def try_own(life: Life) -> None:
    """Let owner and developer try to sign their own model."""
    for who in (life.owner, life.entry.developer):
        life.bank.refused(lambda name=who: read_and_sign(life, name))  # type: ignore[misc]  # bound at once


def decide(life: Life, decision: str = "approve") -> None:
    """Sign at every seat, decide, and issue the pass; what stood before is withdrawn."""
    who, look = signers(life), life.bank.ledger.records
    passed = look.find("pass", model=life.id, state="active")
    stood = [a for state in IN_FORCE for a in look.find("approval", model=life.id, state=state)]
    for name in who:
        read_and_sign(life, name)
    why = "Validated, its weaknesses are known and held; the use is within appetite."
    approving.decide(life.bank.ledger, who[-1], life.approval, decision, why, via=VIA)
    new = passes.issue(life.bank.ledger, who[-1], life.approval, via=VIA).id
    for one in passed:
        life.do("pass.revoked", APPROVERS[0], one["id"], None, f"replaced by {new}")
    for one in stood:
        life.do("approval.withdrawn", APPROVERS[0], one["id"], None, f"replaced by {life.approval}")


def reject(life: Life) -> None:
    """Sign against, and record the rejection."""
    who = APPROVERS[0]
    read_and_sign(life, who, "reject", "It would hide what it cannot see. Come back with a method that ranks.")
    approving.decide(life.bank.ledger, who, life.approval, "reject", "The validation advises against it.", via=VIA)


def go_live(life: Life) -> None:
    """Put the approved version in use."""
    approving.put_in_use(life.bank.ledger, life.entry.developer, life.version_id, via=VIA)
    life.do("model.changed", life.owner, life.id, {"production_date": life.bank.day.isoformat()})
