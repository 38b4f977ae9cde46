"""Severity: how bad a finding is, by rule, how long there is to mend it, and how long its risk may be accepted."""

from __future__ import annotations

from dataclasses import dataclass

from secondline.core.limit import SEVERITIES, Severity
from secondline.govern.roles import Role


@dataclass(frozen=True, slots=True)
class Grade:
    """What one grade of severity means.

    ``effect`` is the share of the target measure from which it holds; ``days`` the time to mend; ``accepts`` who may
    accept the risk and ``accepted`` for how many days at most; ``extends`` who may grant more time.
    """

    effect: float
    days: int
    accepts: frozenset[Role]
    accepted: int
    extends: frozenset[Role]
    meaning: str


HEAD, SECOND = frozenset[Role]({"mrm-head"}), frozenset[Role]({"validator", "mrm-head"})
DECIDERS = frozenset[Role]({"approver", "mrm-head"})
# Bands of effect: ECB instructions for validation reporting, 2.4.2 [P]. Days and acceptance: practice [R].
GRADES: dict[Severity, Grade] = {
    "critical": Grade(0.10, 30, HEAD, 90, HEAD, "unfit, unlawful, or materially wrong: blocks or restricts the use"),
    "major": Grade(0.05, 90, HEAD, 180, HEAD, "significant bias or control gap: conditions of use"),
    "medium": Grade(0.0, 180, DECIDERS, 365, SECOND, "weakness with a mitigant: monitored"),
    "low": Grade(0.0, 365, DECIDERS, 730, SECOND, "documentation or improvement"),
}


def judged(effect: float | None, *, legal: bool, limit: Severity | None) -> tuple[Severity, str]:
    """Return the severity and the rule that gives it: legal breach, else effect, else what the breached limit says."""
    if legal:
        return "critical", "legal breach"
    if effect is not None:
        return _by_effect(abs(effect))
    if limit is not None:
        return limit, f"severity of the breached limit ({limit})"
    return "low", "no effect shown"


def _by_effect(size: float) -> tuple[Severity, str]:
    if size == 0:
        return "low", "no effect"
    severe, large = GRADES["critical"].effect, GRADES["major"].effect
    if size >= severe:
        return "critical", f"effect {size:.1%} of the target measure, at or above {severe:.0%}"
    if size >= large:
        return "major", f"effect {size:.1%} of the target measure, from {large:.0%} to under {severe:.0%}"
    return "medium", f"effect {size:.1%} of the target measure, under {large:.0%}"


def worse(a: Severity, b: Severity) -> bool:
    """Whether *a* is worse than *b*."""
    return SEVERITIES.index(a) < SEVERITIES.index(b)
