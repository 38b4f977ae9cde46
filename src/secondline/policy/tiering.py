"""Tiering: the methods as they are shipped, the answers the inventory already holds, and a score put in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from secondline.govern.formula import Choice, Fact, Formula, Ladder, Level, Scored, score
from secondline.govern.records.rating import implied
from secondline.policy.methods import read_method

__all__ = ["Formula", "Scored", "explain", "formula", "questions", "score", "suggest"]


def formula(which: str = "") -> Formula:
    """Return a tiering method: the newest, a version of those shipped, or a YAML file of your own."""
    return read_method("tiering", Formula, which)


def questions(method: Formula) -> list[dict[str, Any]]:
    """Return what a method asks, with what an answer may be."""
    return [{"name": name, "question": q.question, "answer": _allowed(q)} for name, q in method.questions.items()]


def _allowed(question: Ladder | Level | Choice | Fact) -> str:
    if isinstance(question, Ladder):
        return f"amount in {question.unit}; steps at {', '.join(f'{s:,.0f}' for s in question.steps)}"
    if isinstance(question, Level):
        return "; ".join(f"{i} {word}" for i, word in enumerate(question.words))
    return ", ".join(question.scores) if isinstance(question, Choice) else "true or false"


def suggest(method: Formula, model: Mapping[str, Any], uses: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the answers that the inventory holds already. Judgements are never among them: people make those."""
    live = [u for u in uses if u.get("state") != "ended"]
    held = implied(model, uses)
    found: dict[str, Any] = {name: name in held for name in method.facts}
    if live:
        found["value_per_year"] = sum(float(u.get("amount_per_year", 0)) for u in live)
        found["decisions_per_year"] = sum(int(u.get("decisions_per_year", 0)) for u in live)
    words = {"capital": "regulatory-capital", "ecl": "provisions", "stress-test": "stress-testing"}
    named = (words.get(word, word) for word in model.get("regulatory_uses", ()))
    purposes = [word for word in named if word in method.purpose.scores]
    if purposes:
        found["purposes"] = purposes
    if model.get("origin", "in-house") == "in-house" and "vendor_opacity" in method.inherent:
        found["vendor_opacity"] = 0
    return {name: value for name, value in found.items() if name in method.questions}


def explain(scored: Scored | Mapping[str, Any]) -> list[str]:
    """Return the way from answers to tier, one sentence a step."""
    facts = scored.model_dump() if isinstance(scored, Scored) else scored
    parts = ("exposure", "purpose", "inherent")
    made = {part: [_led(w) for w in facts["why"] if w["part"] == part and w["decisive"]] for part in parts}
    mean = next(w["answer"] for w in facts["why"] if w["part"] == "mean")
    lines = [
        f"exposure {facts['exposure']}: {', '.join(made['exposure'])}",
        f"purpose {facts['purpose']}: {', '.join(made['purpose'])}",
        f"materiality {facts['materiality']}: exposure {facts['exposure']} with purpose {facts['purpose']}",
        f"inherent {facts['inherent']}: weighted mean {mean:.2f}, worst {', '.join(made['inherent'])}",
        f"tier {facts['matrix_tier']}: materiality {facts['materiality']} with inherent {facts['inherent']}",
    ]
    floor = f"tier {facts['floor']}"
    said = f"raised to {floor}" if facts["tier"] < facts["matrix_tier"] else f"floor of {floor} met"
    return [*lines, *(f"{said}: {because}" for because in facts["floors"])]


def _led(why: Mapping[str, Any]) -> str:
    answer = why["answer"]
    if why["part"] == "purpose":
        return str(answer)
    return f"{why['question']} {answer:,.0f}" if isinstance(answer, (int, float)) else f"{why['question']} {answer}"
