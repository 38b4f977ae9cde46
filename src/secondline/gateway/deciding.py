"""Deciding: the steps that turn a case and its score into one decision with the path that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from secondline.gateway import fallback
from secondline.gateway.lines import Line, Version
from secondline.gateway.routing import draw

Cause = Literal["stopped", "outside", "cap", "failure"]
TRUE = frozenset({1.0, "1", "true", "True", "TRUE", "yes", "Y"})
"""Values of a knock-out's column that mean it struck, as reason codes read them; 1 and True equal 1.0."""


@dataclass(slots=True)
class Case:
    """One case on its way: what is known of it, who it is about, and what was decided so far."""

    inputs: dict[str, Any]
    id: str
    at: int
    entity: str = ""
    amount: float | None = None
    key: str = ""
    segments: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, float]] = field(default_factory=list)
    score: float | None = None
    decision: str = ""
    arm: str = "champion"
    chance: float = 1.0
    path: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    knocked: bool = False

    @property
    def unit(self) -> str:
        """What draws are made for: the caller's key where there is one, so that a repetition is drawn the same."""
        return self.key or self.id


def diverted(case: Case, line: Line, cause: Cause, why: str) -> None:
    """Let the fallback decide, or nobody where it does not step in for this cause."""
    case.path = (f"{cause}: {why}",)
    rule = line.served.fallback
    if rule is None or cause not in rule.covers:
        case.decision, case.arm, case.chance = "refused", "refused", 0.0
        return
    case.decision, name = fallback.decided(rule, known(case))
    case.arm, case.path = "fallback", (*case.path, name)
    case.chance = 0.0 if case.decision == "decline" else 1.0


def known(case: Case) -> Mapping[str, Any]:
    """Return all that is said of a case by name: segments, amount and inputs, the latter first to be believed."""
    return {"amount": case.amount, **case.segments, **case.inputs}


def scored(case: Case, score: float | None, line: Line, version: Version, key: bytes) -> None:
    """Decide by the score: the rule, then knock-outs, the control arm, and the share that people look at."""
    if score is None:
        diverted(case, line, "failure", "the model gives no score for these inputs")
        return
    case.score = score
    rule = version.loaded.spec.decision
    approved = bool(rule is not None and rule.approves(score))
    case.decision = "approve" if approved else "decline"
    case.path = (f"model:{case.decision}",)
    _knocked(case, version)
    _control(case, line, approved=approved)
    _reviewed(case, line, key)


def _knocked(case: Case, version: Version) -> None:
    struck = [code for code, column in version.knock_outs if case.inputs.get(column) in TRUE]
    if struck:
        case.decision, case.knocked = "decline", True
        case.path = (*case.path, *(f"knock-out:{code}" for code in struck))


def _control(case: Case, line: Line, *, approved: bool) -> None:
    arm = line.arm
    if arm is None:
        case.chance = 1.0 if case.decision == "approve" else 0.0
        return
    case.chance = arm.chance(approved, case.knocked, case.amount)
    if not case.knocked and arm.may(case.amount) and arm.holds(line.model, case.unit, case.entity):
        case.decision, case.arm, case.path = "approve", "control", (*case.path, "control")


def _reviewed(case: Case, line: Line, key: bytes) -> None:
    for number, review in enumerate(line.conditions.reviews):
        if review.covers(case.decision) and draw(key, f"review {line.model} {number}", case.unit) < review.share:
            case.decision, case.path = "review", (*case.path, review.said)
            return
