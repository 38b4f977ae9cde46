"""Opinion: the declared roll-up from findings to a proposed grade. A person confirms or overrides it."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.core.errors import SpecError
from secondline.core.evidence import GRADES, Evidence, Finding, Opinion, OpinionRule
from secondline.core.limit import SEVERITIES


def propose_opinion(findings: Sequence[Finding], evidence: Sequence[Evidence], rules: Sequence[OpinionRule]) -> Opinion:
    """Return the grade of the first rule that matches, with the reason in a sentence.

    Raises:
        SpecError: no rule matches; the last rule should have no condition.
    """
    for rule in rules:
        if (because := _matches(rule, findings, evidence)) is not None:
            said = f"{GRADES[rule.grade].capitalize()}: {because}."
            return Opinion(grade=rule.grade, proposed_grade=rule.grade, because=said)
    raise SpecError("No opinion rule matches. End `opinion_rules` of the pack with a rule that has only a grade.")


def _matches(rule: OpinionRule, findings: Sequence[Finding], evidence: Sequence[Evidence]) -> str | None:
    """Return why a rule matches, or None when it does not."""
    if rule.severity is not None:
        worst = SEVERITIES[: SEVERITIES.index(rule.severity) + 1]
        count = sum(finding.severity in worst for finding in findings)
        if count < rule.count:
            return None
        worse = "" if rule.severity == "critical" else " or worse"
        return f"{count} finding{'s' if count != 1 else ''} of severity {rule.severity}{worse} proposed"
    if rule.unanswered:
        open_ = [e for e in evidence if e.outcome.kind in {"errored", "inconclusive"}]
        return f"{len(open_)} answers could not be decided" if open_ else None
    return "no finding reached the severities of the rules before"
