"""Scoping: see what the rules propose for a model under each regime, and record what a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt
from secondline.policy.scoping import Proposal, definition_of, propose, regimes_of


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One regime for one model: what the rules propose and what was decided."""

    proposal: Proposal
    decided: str = ""
    by: str = ""
    because: str = ""
    stale: bool = False
    """The definition has changed since the decision."""


def scope_of(records: Records, model: str, today: date, regimes: tuple[str, ...] = ()) -> list[ScopeLine]:
    """Return a line for each regime: those asked, or those where the model's results take effect."""
    entry, uses = records.need("model", model), records.find("use", model=model)
    found = []
    for regime in regimes or regimes_of(entry.get("jurisdictions", ())):
        proposal = propose(regime, entry, uses, today=today.isoformat())
        held = records.get("scope", f"{model}:{regime}") or {}
        stale = bool(held) and held["definition"] != proposal.definition
        found.append(
            ScopeLine(proposal, held.get("verdict", ""), held.get("decided_by", ""), held.get("because", ""), stale)
        )
    return found


def decide_scope(
    ledger: Ledger, model: str, regime: str, verdict: str, because: str, actor: str, *, via: str = ""
) -> Receipt:  # fmt: skip
    """Record a person's decision, next to what the rules proposed; an empty verdict or reason takes the proposal's."""
    entry = ledger.records.need("model", model)
    today = ledger.today
    proposal = propose(regime, entry, ledger.records.find("use", model=model), today=today)
    facts: dict[str, Any] = {
        "model": model, "regime": regime, "verdict": verdict or proposal.verdict, "definition": proposal.definition,
        "because": because or ("" if verdict not in {"", proposal.verdict} else proposal.because),
        "proposed": proposal.verdict, "rule": proposal.rule,
    }  # fmt: skip
    id_ = f"{model}:{regime}"
    act = "scope.decided" if ledger.records.get("scope", id_) is None else "scope.redecided"
    return ledger.act(act, actor, id_, facts, reason=because, via=via)


def current_definition(regime: str, today: date) -> tuple[str, str]:
    """Return id and first day of the definition that decisions should rest on."""
    found = definition_of(regime, today.isoformat())
    return found.id, found.effective_from
