"""Findings: breaches gathered into weaknesses a person can act on, one per check, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from secondline.core.evidence import Evidence, Finding, Plan, PlannedCheck
from secondline.core.limit import SEVERITIES, Severity
from secondline.core.outcome import Errored, Failed
from secondline.govern.severity import GRADES
from secondline.policy.documents import parsed_date

DAYS: dict[Severity, int] = {severity: grade.days for severity, grade in GRADES.items()}
NAMED = 3
ADVICE = {
    "data": "Trace the defect to its source, correct it there, and rebuild the affected data set before relying on it.",
    "discrimination": "Explain the loss of rank-ordering; consider redevelopment or a restriction where it is weak.",
    "calibration": "Recalibrate, or hold an overlay of the size shown until recalibrated; name the segments affected.",
    "stability": "Find what moved and why, test the model on the shifted population, and tighten its monitoring.",
    "soundness": "Explain the behaviour, correct the model or its implementation, and test the artefact again.",
    "explanation": "Correct the reasons or the method that gives them before another decision is explained by it.",
    "robustness": "Explain the weakness, restrict the use where it bites, or redevelop; tighten monitoring meanwhile.",
    "challenge": "Say why the model is kept beside a challenger that serves as well, or replace it.",
    "fairness": "Justify the disparity or search for a less discriminatory alternative, with counsel where needed.",
    "genai": "Correct the prompt, corpus, guardrail or model, and run the suite and the anchor again before release.",
    "use": "Review the decisions concerned with their approvers and correct the process.",
}
JUDGE = "Mend the rubric or choose another judge, label more answers, and let labels alone count until it may grade."
RECORD = "Keep trace, returned model and fingerprint of every call, and ask or record again."
CALLS = "Find why calls fail or are late, and ask again: a rate over the rest says nothing of them."
OF_CHECK = {
    "genai.sample_size": "Add cases, clusters or labels until there are as many as the tier asks for, and ask again.",
    "genai.risks": "Answer each of the twelve risks: whether it applies, because of what, and which checks look at it.",
    "genai.returned_model": "Pin the version with the vendor, and validate the one that will be used.",
    "genai.human_effect": "Change what reviewers see and how much, and seed errors again before relying on it.",
    **dict.fromkeys(("genai.judge_validity", "genai.judge_agreement", "genai.judge_bias", "genai.judge_drift",
                     "genai.unscored"), JUDGE),
    **dict.fromkeys(("genai.logged", "genai.trace"), RECORD),
    **dict.fromkeys(("genai.failed_calls", "genai.cost_latency"), CALLS),
}  # fmt: skip
"""Where the advice of a family would send somebody to the wrong place: the system is not what is to be mended."""


def propose(evidence: Sequence[Evidence], plan: Plan) -> tuple[Finding, ...]:
    """Return one proposed finding for each check that failed or could not be computed, worst first.

    A check breached in several places is one finding that names the worst of them and counts the rest.
    """
    planned = {check.code: check for check in plan.checks}
    broken = [e for e in evidence if isinstance(e.outcome, (Failed, Errored)) and planned[e.code].finding_on_breach]
    by_code = {code: list(found) for code, found in groupby(sorted(broken, key=lambda e: e.code), key=lambda e: e.code)}
    drafts = [_finding(planned[code], found, evidence, plan) for code, found in by_code.items()]
    ordered = sorted(drafts, key=lambda f: (SEVERITIES.index(f.severity), -len(f.evidence), f.code))
    return tuple(f.model_copy(update={"id": f"F-{i}"}) for i, f in enumerate(ordered, start=1))


def _finding(check: PlannedCheck, found: list[Evidence], everything: Sequence[Evidence], plan: Plan) -> Finding:
    worst = sorted(found, key=_badness)
    severity = _severity(worst[0])
    asked = sum(1 for e in everything if e.code == check.code and e.outcome.kind != "not_applicable")
    due = parsed_date(plan.as_of, "`as-of`") + timedelta(days=DAYS[severity])
    return Finding(
        id="",
        severity=severity,
        code=check.code,
        statement=_statement(check, worst, asked),
        effect=_effect(worst[0], check),
        evidence=tuple(e.id for e in worst),
        populations=tuple(dict.fromkeys(e.subject.population for e in worst)),
        owner=plan.spec.owner,
        due=due.isoformat(),
        recommendation=OF_CHECK.get(check.code) or ADVICE.get(check.code.split(".", 1)[0], ""),
    )


def _severity(evidence: Evidence) -> Severity:
    """Return the severity of a breach; a check that broke leaves a control unanswered, which is major."""
    return evidence.outcome.severity if isinstance(evidence.outcome, Failed) else "major"


def _badness(evidence: Evidence) -> tuple[int, float]:
    estimate, limit = evidence.outcome.estimate, evidence.limit
    if estimate is None or limit is None:
        return SEVERITIES.index(_severity(evidence)), 0.0
    edges = [bound for bound in limit.bounds if bound is not None]
    distance = max((abs(estimate.value - edge) for edge in edges), default=abs(estimate.value))
    return SEVERITIES.index(_severity(evidence)), -distance


def _statement(check: PlannedCheck, worst: list[Evidence], asked: int) -> str:
    """Say what does not hold, where it is worst, and in how many places."""
    if isinstance(worst[0].outcome, Errored):
        return f"Could not be answered: {check.title}. {worst[0].outcome.because}"
    named = "; ".join(f"{e.subject.text}: {e.outcome.because}" for e in worst[:NAMED])
    rest = f"; and {len(worst) - NAMED} more" if len(worst) > NAMED else ""
    places = f" in {len(worst)} of {asked} places" if asked > 1 else ""
    return f"Does not hold{places}: {check.title}. {named}{rest}."


def _effect(evidence: Evidence, check: PlannedCheck) -> str:
    estimate = evidence.outcome.estimate
    if estimate is None:
        return "unknown until the check can be answered"
    events = f" and {estimate.events:,.0f} events" if estimate.events is not None else ""
    limit = check.limit.text if check.limit else "none"
    sample = f", on {estimate.n:,.0f} rows{events}" if estimate.n else ""
    return f"{evidence.outcome.because} (limit {limit}){sample}"
