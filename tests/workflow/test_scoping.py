"""Scope decisions: proposed by rules, made by people, made again when the definition changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bank import add_model, open_bank
from secondline.core.errors import Refused, SpecError
from secondline.workflow.scoping import current_definition, decide_scope, scope_of

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)


def test_a_decision_is_made_again_when_the_definition_changes(tmp_path: Path) -> None:
    """An assistant decided under SR 11-7 shows as stale under SR 26-2, until a person decides again."""
    ledger, clock = open_bank(tmp_path, "2026-03-01", methods=False)
    add_model(ledger, "chat", kind="genai", generative=True, jurisdictions=["US"])
    assert decide_scope(ledger, "chat", "US", "", "", "val").doc["verdict"] == "model"
    assert [(x.decided, x.stale) for x in scope_of(ledger.records, "chat", MARCH, ("US",))] == [("model", False)]
    clock.day = "2026-06-01"
    (line,) = scope_of(ledger.records, "chat", JUNE, ("US",))
    assert (line.decided, line.stale, line.proposal.verdict) == ("model", True, "non-model")
    again = decide_scope(ledger, "chat", "US", "", "", "head").doc
    assert (again["verdict"], again["definition"], again["decided_by"]) == ("non-model", "sr26-2", "head")
    assert not scope_of(ledger.records, "chat", JUNE, ("US",))[0].stale
    assert [d.act for d in ledger.records.past("scope", "chat:US")] == ["scope.decided", "scope.redecided"]
    assert current_definition("US", JUNE) == ("sr26-2", "2026-04-17")


def test_departing_from_the_proposal_needs_a_reason(tmp_path: Path) -> None:
    """A person may decide otherwise than the rules, and then says why; both are on record."""
    ledger, _ = open_bank(tmp_path, methods=False)
    add_model(ledger, "rules", kind="tool")
    with pytest.raises(SpecError, match="`because`"):
        decide_scope(ledger, "rules", "US", "tool", "", "val")
    found = decide_scope(ledger, "rules", "US", "tool", "thresholds are estimated", "val").doc
    assert (found["verdict"], found["proposed"], found["rule"]) == ("tool", "non-model", "deterministic")


@pytest.mark.parametrize("who", ["own", "dev", "app", "aud"])
def test_only_an_independent_second_line_decides(tmp_path: Path, who: str) -> None:
    """Owners and developers do not decide whether the rules apply to their model."""
    ledger, _ = open_bank(tmp_path, methods=False)
    add_model(ledger)
    with pytest.raises(Refused):
        decide_scope(ledger, "pd", "US", "", "", who)


def test_an_id_names_model_and_regime(tmp_path: Path) -> None:
    """A decision cannot be filed under another model or regime."""
    ledger, _ = open_bank(tmp_path, methods=False)
    add_model(ledger)
    facts = {"model": "pd", "regime": "US", "verdict": "model", "definition": "sr26-2", "because": "x"}
    with pytest.raises(SpecError, match="MODEL:REGIME"):
        ledger.act("scope.decided", "val", "pd:UK", facts)
