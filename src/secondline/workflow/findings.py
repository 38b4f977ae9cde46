"""Findings: from the breaches of a run to records, and the deeds that touch more than one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secondline.core.evidence import Finding, Run
from secondline.govern.act import Look
from secondline.govern.records.finding import OPEN, same_weakness
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a run says of the findings of its model: raised anew, seen again, not reproduced."""

    raised: tuple[str, ...]
    again: tuple[str, ...]
    gone: tuple[str, ...]


def take_from_run(ledger: Ledger, run: str, actor: str, *, validation: str = "", via: str = "") -> Sighting:
    """Raise what a run breaches as drafts; what is open already is updated, what no longer shows is noted, not closed.

    Taking the same run twice changes nothing.
    """
    record = ledger.run(run)
    return told(ledger.acts(orders_of(ledger.records, record, actor, validation=validation, via=via)))


def orders_of(look: Look, run: Run, actor: str, *, validation: str = "", via: str = "") -> list[Order]:
    """Return the orders by which a run's breaches enter the records."""
    model = run.plan.spec.model
    orders, met = [], set()
    for proposed in run.findings:
        twins = same_weakness(look, model, proposed.code, proposed.populations)
        met |= {twin["id"] for twin in twins}
        if not twins:
            orders.append(Order("finding.raised", actor, "", _fields(look, run, proposed, validation), via=via))
        orders += [_sight("finding.seen", twin, run, actor, via, proposed.effect) for twin in twins]
    asked = {e.code for e in run.evidence}
    states = OPEN | {"accepted"}
    for other in look.find("finding", model=model):
        if other.get("state") in states and other.get("code") in asked and other["id"] not in met:
            orders.append(_sight("finding.not-reproduced", other, run, actor, via, f"Not reproduced in run {run.id}."))
    return [order for order in orders if not _known(look, order, run.id)]


def _sight(act: str, finding: Mapping[str, Any], run: Run, actor: str, via: str, note: str) -> Order:
    return Order(act, actor, finding["id"], {"run": run.id, "note": note}, via=via)


def _known(look: Look, order: Order, run: str) -> bool:
    """Whether the finding has been compared with this run before."""
    doc = look.get("finding", order.id) if order.id else None
    return doc is not None and run in {doc.get("run"), *(s.get("run") for s in doc.get("seen", ()))}


def _fields(look: Look, run: Run, proposed: Finding, validation: str) -> dict[str, Any]:
    spec = run.plan.spec
    owner = spec.owner if spec.owner and look.get("person", spec.owner) else ""
    limit = next((c.limit.text for c in run.plan.checks if c.code == proposed.code and c.limit), "")
    places = ", ".join(proposed.populations)
    fields = {
        "model": spec.model, "version": spec.version, "source": "run", "code": proposed.code, "run": run.id,
        "places": list(proposed.populations), "statement": proposed.statement, "effect": proposed.effect,
        "evidence": [f"{run.id}/{key}" for key in proposed.evidence], "recommendation": proposed.recommendation,
        "criterion": f"A later run passes {proposed.code} on {places}" + (f" by the limit: {limit}." if limit else "."),
    }  # fmt: skip
    return fields | ({"owner": owner} if owner else {}) | ({"validation": validation} if validation else {})


def told(receipts: list[Receipt]) -> Sighting:
    """Return what happened to which findings."""
    by = {
        act: tuple(r.id for r in receipts if r.event.kind == act)
        for act in ("finding.raised", "finding.seen", "finding.not-reproduced")
    }
    return Sighting(by["finding.raised"], by["finding.seen"], by["finding.not-reproduced"])


def merge(ledger: Ledger, duplicate: str, into: str, actor: str, reason: str, *, via: str = "") -> list[Receipt]:
    """Merge a finding into another, which takes over its evidence, its places and the earlier of the two days."""
    return ledger.acts([
        Order("finding.merged", actor, duplicate, {"into": into}, reason, via),
        Order("finding.absorbed", actor, into, {"merged": duplicate}, via=via),
    ])  # fmt: skip
