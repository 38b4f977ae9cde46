"""Scoping: for each regime its dated definition of a model, and rules that propose what an entry is to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from secondline.core.errors import SpecError, near
from secondline.govern.formula import Part
from secondline.policy.methods import read_method


class ScopeRule(BaseModel):
    """Proposes a verdict when every fact of the entry is as said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    when: dict[str, bool | tuple[str, ...]] = {}
    verdict: Literal["model", "non-model", "tool"]
    because: str


class Definition(Part):
    """What a regime counts as a model, in our words, from one day to another."""

    id: str
    effective_from: str
    effective_to: str | None = None
    text: str
    rules: tuple[ScopeRule, ...]


class ScopeRegime(BaseModel):
    """A regime and its definitions, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    definitions: tuple[Definition, ...]


class ScopePolicy(BaseModel):
    """The definitions of all regimes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    regimes: dict[str, ScopeRegime]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose: a person decides."""

    regime: str
    verdict: str
    definition: str
    rule: str
    because: str
    text: str
    source: str
    tag: str
    effective_from: str


@cache
def scope_policy() -> ScopePolicy:
    """Return the definitions that come with secondline."""
    return read_method("scope", ScopePolicy)


def definition_of(regime: str, today: str) -> Definition:
    """Return the definition in force, or else the next one to come.

    Raises:
        SpecError: no regime has this name.
    """
    regimes = scope_policy().regimes
    if regime not in regimes:
        known = f"Known: {', '.join(regimes)}."
        raise SpecError(f"There is no regime {regime!r}. {near(regime, regimes, known)}")
    mine = [d for d in regimes[regime].definitions if not d.effective_to or d.effective_to >= today]
    return mine[0] if mine else regimes[regime].definitions[-1]


def facts_of(model: Mapping[str, Any], uses: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what the rules may ask of an entry."""
    live = [u for u in uses if u.get("state") != "ended"]
    purposes, tags = tuple(model.get("regulatory_uses", ())), model.get("tags", ())
    kind, family = model.get("kind", "model"), model.get("family", "other")
    genai = bool(kind == "genai" or model.get("generative") or model.get("agentic"))
    annex = str(model.get("annex_iii", ""))
    return {
        "kind": kind, "family": family, "regulatory_uses": purposes, "annex_iii": annex, "genai": genai,
        "theory": bool(kind == "model" or genai or model.get("machine_learning") or "theory" in tags),
        "material": model.get("tier", 0) in {1, 2} or bool(purposes),
        "aml": family == "aml" or "aml-obligation" in purposes,
        "credit_decision": "credit-decision" in purposes,
        "persons": bool(model.get("personal_data") or model.get("profiling") or any(u.get("adverse") for u in live)),
        "high_risk": annex not in {"", "none"},
    }  # fmt: skip


def propose(
    regime: str, model: Mapping[str, Any], uses: Sequence[Mapping[str, Any]] = (), *, today: str
) -> Proposal:  # fmt: skip
    """Return the verdict that the regime's rules propose for an entry."""
    definition, facts = definition_of(regime, today), facts_of(model, uses)
    rule = next(r for r in definition.rules if all(_holds(facts[name], want) for name, want in r.when.items()))
    return Proposal(
        regime, rule.verdict, definition.id, rule.id, rule.because, definition.text, definition.source, definition.tag,
        definition.effective_from,
    )  # fmt: skip


def _holds(fact: Any, want: bool | tuple[str, ...]) -> bool:
    if isinstance(want, bool):
        return bool(fact) is want
    return bool(set(fact) & set(want)) if isinstance(fact, tuple) else fact in want


def regimes_of(jurisdictions: Sequence[str]) -> list[str]:
    """Return the regimes that the places where results take effect call for; all of them when no place is named."""
    every = list(scope_policy().regimes)
    mine = [r for r in every if any(r == place or r.startswith(f"{place}-") for place in jurisdictions)]
    if "US" in jurisdictions and "NY" not in mine:
        mine.append("NY")
    return mine if jurisdictions and mine else every
