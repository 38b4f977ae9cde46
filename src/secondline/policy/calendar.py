"""Calendar: when the next validation and monitoring of a model are due, from its tier, type and the adopted packs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from secondline.core.dates import months_after
from secondline.govern.formula import Part
from secondline.policy.methods import read_method

Months = dict[int, int | None]
What = Literal["validation", "monitoring"]


class CadenceRule(BaseModel):
    """Months between reviews by tier, for the models that fit; null: only on a trigger."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: dict[str, tuple[str, ...]] = {}
    validation: Months = {}
    monitoring: Months = {}
    because: str = ""
    source: str = ""
    tag: str = ""


class Cadence(Part):
    """The rules of one source; ``packs`` are those that bring it (none: always)."""

    title: str
    packs: tuple[str, ...] = ()
    rules: tuple[CadenceRule, ...] = ()


class CadencePolicy(BaseModel):
    """All tables of cadence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    effective_from: str
    cadences: dict[str, Cadence]


@dataclass(frozen=True, slots=True)
class Next:
    """When something is due (None: only on a trigger), by which rule."""

    day: date | None
    months: int | None
    rule: str
    source: str
    tag: str


@cache
def cadence_policy() -> CadencePolicy:
    """Return the tables that come with secondline."""
    return read_method("cadence", CadencePolicy)


def next_validation(model: Mapping[str, Any], tier: int, packs: Collection[str], on: date) -> Next:
    """Return when the next validation is due, counted from a validation signed *on* a day."""
    return _next("validation", model, tier, packs, on)


def next_monitoring(model: Mapping[str, Any], tier: int, packs: Collection[str], on: date) -> Next:
    """Return when the next look at the monitoring is due, at the latest."""
    return _next("monitoring", model, tier, packs, on)


def _next(what: What, model: Mapping[str, Any], tier: int, packs: Collection[str], on: date) -> Next:
    """The shortest time among the cadences that apply; within one, its last rule that fits counts."""
    tier = tier or 1  # an unrated model is treated as the worst until somebody rates it
    found = list(_applying(what, model, tier, packs))
    timed = [one for one in found if one[0] is not None]
    months, rule, cadence = min(timed or found, key=lambda one: one[0] or 0)
    title = f"{cadence.title}, tier {tier}{': ' + rule.because if rule.because else ''}"
    day = None if months is None else months_after(on, months)
    return Next(day, months, title, rule.source or cadence.source, rule.tag or cadence.tag)


def _applying(
    what: What, model: Mapping[str, Any], tier: int, packs: Collection[str]
) -> Iterator[tuple[int | None, CadenceRule, Cadence]]:  # fmt: skip
    for cadence in cadence_policy().cadences.values():
        if cadence.packs and not set(cadence.packs) & set(packs):
            continue
        fitting = [r for r in cadence.rules if tier in getattr(r, what) and _fits(r, model)]
        if fitting:
            yield getattr(fitting[-1], what)[tier], fitting[-1], cadence


def _fits(rule: CadenceRule, model: Mapping[str, Any]) -> bool:
    facts = {
        "kind": {model.get("kind", "model")},
        "family": {model.get("family", "other")},
        "regulatory_uses": set(model.get("regulatory_uses", ())),
        "type": {*model.get("tags", ()), model.get("model_type", "")},
    }
    return all(facts[name] & set(wanted) for name, wanted in rule.when.items())
