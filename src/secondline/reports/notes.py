"""Evidence notes: everything behind one number, as text ready to print."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.canonical import canonical
from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence
from secondline.core.format import number, p_text
from secondline.core.limit import Limit
from secondline.core.outcome import Failed, Inconclusive
from secondline.core.parts import parts_of
from secondline.reports import words
from secondline.reports.blocks import EvidenceNote
from secondline.reports.view import View

Field = tuple[str, str]
CONTROL = {"gate": "Holm", "screen": "Benjamini and Hochberg"}


def notes(view: View) -> tuple[EvidenceNote, ...]:
    """Return a note for every answer of the run, in the plan's order."""
    return tuple(_note(view, evidence) for evidence in view.run.evidence)


def _note(view: View, evidence: Evidence) -> EvidenceNote:
    return EvidenceNote(
        id=evidence.id,
        title=view.title(evidence.code),
        value=words.value(evidence),
        interval=words.interval(evidence),
        outcome=words.outcome(evidence),
        reason=words.sentence(_reason(evidence)),
        limit=words.limit(evidence.limit, evidence.unit),
        fields=tuple((name, value) for name, value in _fields(view, evidence) if value),
        sql=tuple((part.id, part.sql) for part in parts_of(evidence.queries, view.run.queries)),
    )


def _reason(evidence: Evidence) -> str:
    outcome = evidence.outcome
    needed = f" Needed: {outcome.needed}" if isinstance(outcome, Inconclusive) and outcome.needed else ""
    return f"{words.sentence(outcome.because)}{needed}"


def _fields(view: View, evidence: Evidence) -> Iterator[Field]:
    yield "Check", evidence.code
    yield "About", evidence.subject.text
    yield "Compared with", evidence.subject.reference or ""
    if isinstance(evidence.outcome, Failed):
        yield "Severity", evidence.outcome.severity
    if evidence.outcome.estimate:
        yield from _number(evidence.outcome.estimate, evidence.unit)
    yield from _control(view, evidence)
    if evidence.limit:
        yield from _limit(view, evidence.limit, evidence.code)
    yield "Parameters", canonical(evidence.params) if evidence.params else ""
    yield "Statistics", ", ".join(evidence.statistics)
    yield "Queries", ", ".join(evidence.queries)
    yield "Repeat", f"secondline replicate {view.run.id}"
    yield "Show in the terminal", f"secondline show {evidence.id} --run {view.run.id}"


def _number(estimate: Estimate, unit: str) -> Iterator[Field]:
    yield "Unit", unit
    yield "Exact value", repr(estimate.value)
    if estimate.low is not None and estimate.high is not None:
        yield "Exact interval", f"[{estimate.low!r}, {estimate.high!r}]"
        yield "Interval", f"{100 * estimate.level:.6g} %, {estimate.method or 'method not named'}"
    else:
        yield "Method", estimate.method
    yield "Rows", f"{estimate.n:,.10g}"
    yield "Events", "" if estimate.events is None else f"{estimate.events:,.10g}"
    yield "Smallest detectable effect", _mde(estimate)
    yield "Numerical error, at most", f"{estimate.bound:.2g}" if estimate.bound else ""
    yield "Warnings", "; ".join(estimate.warnings)


def _mde(estimate: Estimate) -> str:
    return "" if estimate.mde is None else f"{number(estimate.mde)} {estimate.mde_unit}".strip() + " (80 % power)"


def _control(view: View, evidence: Evidence) -> Iterator[Field]:
    estimate = evidence.outcome.estimate
    if estimate is None or estimate.p_value is None:
        return
    yield "p-value", p_text(estimate.p_value)
    role = view.planned[evidence.code].role if evidence.code in view.planned else ""
    if evidence.p_adjusted is not None:
        yield "p-value, adjusted", f"{p_text(evidence.p_adjusted)} ({CONTROL.get(role, 'adjusted')})"
    yield "Looks", f"{words.count(evidence.looks, 'answer')} of this check"


def _limit(view: View, limit: Limit, code: str) -> Iterator[Field]:
    yield "Limit set by", view.planned[code].limit_from if code in view.planned else ""
    yield "Source of the limit", words.authority(limit)
    yield "Why this limit", limit.because
    yield "Severity of a breach", limit.severity
    yield "Verify the source by", limit.verify_by or ""
