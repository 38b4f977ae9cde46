"""Scope rules: what each regime would count an entry as, as of a date."""

from __future__ import annotations

from typing import Any

import pytest

from secondline.core.errors import SpecError
from secondline.policy.scoping import definition_of, propose, regimes_of, scope_policy

RULES_ENGINE = {"kind": "tool", "family": "aml", "regulatory_uses": ["aml-obligation"]}
ASSISTANT = {"kind": "genai", "generative": True, "family": "genai"}
SCORECARD = {"kind": "model", "family": "credit", "regulatory_uses": ["credit-decision"], "personal_data": True}
FRAUD = {"kind": "model", "family": "fraud", "machine_learning": True, "personal_data": True}
SHEET = {"kind": "spreadsheet", "family": "operations"}
IRB = {"kind": "model", "family": "credit", "regulatory_uses": ["capital"]}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (RULES_ENGINE, {"US": "non-model", "UK": "tool", "CA": "tool", "EU-IRB": "non-model", "EU-AI": "non-model",
                        "UAE": "tool", "NY": "tool"}),
        (ASSISTANT, {"US": "non-model", "UK": "model", "CA": "model", "EU-IRB": "non-model", "EU-AI": "tool",
                     "UAE": "model", "NY": "non-model"}),
        (SCORECARD, {"US": "model", "UK": "model", "CA": "model", "EU-IRB": "non-model", "EU-AI": "model",
                     "UAE": "model", "NY": "non-model"}),
        (FRAUD, {"US": "model", "UK": "model", "CA": "model", "EU-IRB": "non-model", "EU-AI": "non-model",
                 "UAE": "model", "NY": "non-model"}),
        (SHEET, {"US": "non-model", "UK": "non-model", "CA": "non-model", "EU-IRB": "non-model", "EU-AI": "non-model",
                 "UAE": "tool", "NY": "non-model"}),
        (IRB, {"US": "model", "UK": "model", "CA": "model", "EU-IRB": "model", "EU-AI": "non-model", "UAE": "model",
               "NY": "non-model"}),
    ],
    ids=["rules-engine", "assistant", "scorecard", "fraud", "spreadsheet", "irb"],
)  # fmt: skip
def test_each_regime_has_its_own_view(entry: dict[str, Any], expected: dict[str, str]) -> None:
    """A rules engine, an assistant, a scorecard, a fraud model and a spreadsheet differ by regime as the texts do."""
    assert {r: propose(r, entry, today="2026-11-25").verdict for r in scope_policy().regimes} == expected


def test_the_definition_is_dated() -> None:
    """In March 2026 the United States still counted by SR 11-7, under which an assistant was a model."""
    before = propose("US", ASSISTANT, today="2026-03-01")
    after = propose("US", ASSISTANT, today="2026-04-17")
    assert (before.definition, before.verdict) == ("sr11-7", "model")
    assert (after.definition, after.verdict, after.rule) == ("sr26-2", "non-model", "footnote-3")


def test_a_later_definition_is_prepared_for() -> None:
    """Before OSFI E-23 takes effect its definition is proposed already: there is no earlier one to decide by."""
    assert definition_of("CA", "2026-11-25").effective_from == "2027-05-01"


def test_every_proposal_has_reason_and_source() -> None:
    """Each definition has words, a source with its tag, and a last rule that always fits."""
    for regime in scope_policy().regimes.values():
        for definition in regime.definitions:
            assert definition.text
            assert definition.source
            assert definition.rules[-1].when == {}
            assert all(rule.because for rule in definition.rules)


def test_regimes_follow_the_places() -> None:
    """Results in the EU concern its two regimes, in the US its guidance and New York; without a place, all."""
    assert regimes_of(["EU"]) == ["EU-IRB", "EU-AI"]
    assert set(regimes_of(["US", "UK"])) == {"US", "UK", "NY"}
    assert regimes_of([]) == regimes_of(["Atlantis"]) == list(scope_policy().regimes)


def test_an_unknown_regime_is_named() -> None:
    """A regime that is not known is an error that lists those that are."""
    with pytest.raises(SpecError, match="EU-IRB"):
        propose("Mars", SCORECARD, today="2026-11-25")
