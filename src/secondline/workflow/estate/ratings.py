"""Ratings: scope under each regime, and tiers by both lines, with the differences that the head resolves."""

from __future__ import annotations

from typing import Any

from secondline.workflow import rating, scoping
from secondline.workflow.estate.answers import answers
from secondline.workflow.estate.bank import VIA
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import HEAD
from secondline.workflow.estate.tables import Entry

RESIDUAL = {1: "high, bounded by caps", 2: "medium, watched each quarter", 3: "low", 4: "low"}
DIFFER = 9
"""In one model of so many the two lines disagree about the limits of the data."""


def decide_scope(life: Life) -> None:
    """Let the validator decide under each regime, by what the rules propose; where decided before, if that is stale."""
    records, day = life.bank.ledger.records, life.bank.day
    for line in scoping.scope_of(records, life.id, day):
        if not line.decided or line.stale:
            scoping.decide_scope(life.bank.ledger, life.id, line.proposal.regime, "", "", life.lead, via=VIA)


def known(life: Life, given: dict[str, Any], line: str) -> dict[str, Any]:
    """Return the answers that the method in force asks for."""
    records = life.bank.ledger.records
    method = records.need("method", rating.in_force(records, "tiering"))["parameters"]
    asked = {*method["exposure"], "purposes", *method["inherent"], *method["facts"]}
    mine = {name: value for name, value in given.items() if name in asked}
    return rating.answers_for(records, life.id, mine, line=line)


def rate(life: Life, line: str, trigger: str = "new") -> None:
    """Rate a model as one of the lines."""
    who = life.lead if line == "second" else life.owner
    given = known(life, answers(life.entry, second=line == "second"), line)
    if line == "first" and life.entry.number("differ", DIFFER) == 0:
        given |= {"data_limits": max(0, given["data_limits"] - 1), "complexity": max(0, given["complexity"] - 2)}
    rating.rate(life.bank.ledger, life.id, line, given, who, trigger=trigger, via=VIA)


def settle(life: Life) -> None:
    """Let the head decide where the lines differ, and record what risk is left."""
    doc, ledger = life.doc, life.bank.ledger
    if doc.get("tier_first") != doc.get("tier_second") and doc["owner"] != HEAD:
        tier = int(doc["tier"])
        why = "the validator's reading of data and complexity holds; the stricter tier stands"
        rating.resolve(ledger, life.id, tier, HEAD, why, via=VIA)
    rating.record_residual(ledger, life.id, RESIDUAL[life.tier], life.lead, "after the controls in place", via=VIA)


def both(life: Life, trigger: str) -> None:
    """Rate again in both lines."""
    rate(life, "first", trigger)
    rate(life, "second", trigger)
    settle(life)


def try_to_rate_oneself(life: Life, entry: Entry) -> None:
    """Let a developer try to give the second line's rating of their own model."""
    given = known(life, answers(entry), "second")
    life.bank.refused(lambda: rating.rate(life.bank.ledger, life.id, "second", given, entry.developer, via=VIA))
