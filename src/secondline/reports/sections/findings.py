"""Sections 16 to 18: what was wrong before, what is wrong now, and what will stay a limitation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from secondline.core.canonical import canonical
from secondline.core.evidence import Evidence, Finding
from secondline.core.outcome import Inconclusive
from secondline.reports import words
from secondline.reports.blocks import Block, Cell, FindingCard, Placeholder, Section, Table
from secondline.reports.tables import LONG
from secondline.reports.view import View, of_kind


@dataclass(frozen=True, slots=True)
class Limitation:
    """Something this validation could not show, in a form a machine can read."""

    id: str
    kind: str
    code: str
    about: str
    statement: str
    evidence: str = ""


def prior(view: View) -> Section:
    """Return section 16."""
    return Section("prior", "16", "Prior findings", tuple(_prior(view)))


def _prior(view: View) -> Iterator[Block]:
    if view.previous is None:
        known = (
            (f"Run {view.run.previous} is on record, but was not at hand when this draft was written.")
            if view.run.previous
            else ("No earlier run of this model is on record here.")
        )
        yield words.text(known)
        yield Placeholder(
            "List findings of earlier validations, whoever raised them, with their status.", id="prior-findings"
        )
        return
    if not view.previous.findings:
        yield words.text(f"Run {view.previous.id} proposed no findings.")
        return
    rows = tuple(_was(view, finding) for finding in view.previous.findings)
    head = ("Finding", "Severity", "Statement", "Due", "What this run shows")
    yield Table("t-prior", f"Findings of run {view.previous.id}", head, "lllll", rows, (0.09, 0.09, 0.42, 0.1, 0.3))


def _was(view: View, finding: Finding) -> tuple[Cell, ...]:
    assert view.previous is not None
    subjects = {e.subject.text for e in view.previous.evidence if e.id in finding.evidence}
    now = [e for e in view.answers(finding.code) if e.subject.text in subjects]
    return (Cell(finding.id), Cell(finding.severity), Cell(finding.statement), Cell(finding.due), _now(now))


def _now(now: list[Evidence]) -> Cell:
    if not now:
        return Cell("not asked again", tone="muted")
    order = ("failed", "errored", "inconclusive", "not_applicable", "passed")
    worst = min(now, key=lambda e: order.index(e.outcome.kind))
    said = {"failed": "still failing", "passed": "passes now; closing it is the validator's decision"}
    return Cell(said.get(worst.outcome.kind, words.outcome(worst)), worst.id, words.TONE[worst.outcome.kind])


def findings(view: View) -> Section:
    """Return section 17."""
    found = view.run.findings
    blocks: list[Block] = [_table(found), *(_card(view, finding) for finding in found)] if found else []
    if not found:
        blocks.append(words.text("No finding is proposed."))
    blocks += [
        Placeholder(
            "State the combined effect of the findings: together they may weigh more than one by one.",
            id="combined-effect",
        ),
        Placeholder("State the residual risk once findings and conditions are taken into account.", id="residual-risk"),
    ]
    return Section("findings", "17", "Findings", tuple(blocks))


def _table(found: tuple[Finding, ...]) -> Table:
    rows = tuple(
        (
            Cell(f.id),
            Cell(f.severity),
            Cell(f.statement),
            Cell(f.owner or "to be named"),
            Cell(f.due or "to be set"),
            Cell(f.status),
        )
        for f in found
    )
    head = ("Finding", "Severity", "Statement", "Owner", "Due", "Status")
    return Table("t-findings", "Findings", head, "llllll", rows, (0.08, 0.09, 0.44, 0.14, 0.13, 0.12))


def _card(view: View, finding: Finding) -> FindingCard:
    first = next((view.by_id[i] for i in finding.evidence if i in view.by_id and view.by_id[i].outcome.estimate), None)
    said = (words.sentence(finding.statement),)
    measured = (" Measured: ", *words.judged(first), ".") if first else ()
    return FindingCard(
        id=finding.id,
        severity=finding.severity,
        statement=(*said, *measured),
        effect=words.sentence(finding.effect),
        owner=finding.owner,
        due=finding.due,
        evidence=finding.evidence,
        recommendation=finding.recommendation,
    )


def limitations(view: View) -> Section:
    """Return section 18."""
    listed = tuple(limits_of(view))
    rows = tuple(
        (Cell(x.id, x.evidence or None), Cell(x.kind), Cell(x.code), Cell(x.about), Cell(x.statement)) for x in listed
    )
    head = ("No.", "Kind", "Check or control", "About", "What this validation does not show")
    table = Table(
        "t-limitations",
        "What this validation does not show",
        head,
        "lllll",
        rows,
        (0.07, 0.14, 0.2, 0.19, 0.4),
        folded=len(rows) > LONG,
    )
    blocks: tuple[Block, ...] = (
        words.text(
            "A limitation is inherent and accepted, or waits for data. It is not a finding, which can be fixed, nor "
            "a condition of use."
        ),
        *([table] if rows else [words.text("Nothing that was asked was left open.")]),
        Placeholder(
            "State each condition of use so that a machine can enforce it: population, bounds, action, expiry.",
            id="conditions-of-use",
        ),
    )
    return Section("limitations", "18", "Limitations and conditions of use", blocks)


def limits_of(view: View) -> Iterator[Limitation]:
    """Yield what the run could not show: undecided, broken, not asked, and controls without evidence."""
    number = 0
    for kind, e in _open(view):
        number += 1
        needed = (
            f" Needed: {words.sentence(e.outcome.needed)}"
            if isinstance(e.outcome, Inconclusive) and e.outcome.needed
            else ""
        )
        yield Limitation(f"L-{number}", kind, e.code, e.subject.text, words.sentence(e.outcome.because) + needed, e.id)
    for control in view.plan.controls:
        if not any(e.outcome.estimate for code in control.checks for e in view.answers(code)):
            number += 1
            satisfied = f" Satisfied by: {control.satisfied_by}." if control.satisfied_by else ""
            yield Limitation(
                f"L-{number}",
                "control not evidenced",
                control.id,
                control.title,
                f"Nothing in this run evidences it.{satisfied}",
            )


def _open(view: View) -> Iterator[tuple[str, Evidence]]:
    yield from (("inconclusive", e) for e in of_kind(view.run.evidence, "inconclusive"))
    yield from (("errored", e) for e in of_kind(view.run.evidence, "errored"))
    for code in view.by_code:
        silent = [e for e in view.answers(code) if e.outcome.kind == "not_applicable" and not e.outcome.estimate]
        if silent and len(silent) == len(view.answers(code)):
            yield ("skipped" if view.planned[code].skipped else "not asked"), silent[0]


def machine(view: View) -> str:
    """Return the limitations as JSON."""
    return canonical([asdict(limitation) for limitation in limits_of(view)])
