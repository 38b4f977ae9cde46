"""Witnessing: what a report is handed besides its run: some failed answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from secondline.core.errors import DataError
from secondline.core.evidence import Run
from secondline.evals.grading.table import Row
from secondline.evals.kept import Kept, asked
from secondline.reports.witness import NOTHING, Quoted, Witness
from secondline.workflow.evaluating import kept_of

QUOTED, LONGEST, ASKED = 12, 420, 240
"""Answers a report quotes at most, and characters of an answer and of a question that it shows."""


def witness_of(store: Path | None, run: Run) -> Witness:
    """Return what is known of the answers behind a run; nothing for a model that does not generate.

    An evaluation that is no longer there, or cannot be read, leaves the report without quotations: its numbers stand.
    """
    if store is None or run.plan.spec.genai is None:
        return NOTHING
    try:
        kept = kept_of(store, run.plan_digest)
    except DataError:
        return NOTHING
    return NOTHING if kept is None else told(kept)


def told(kept: Kept) -> Witness:
    """Return up to a dozen failed answers: of every criterion its gravest first, then the gravest of the rest."""
    failed = [row for row in kept.rows if row.grade.outcome == "fail"]
    return Witness(tuple(_quoted(row) for row in chosen(failed)), len(failed))


def chosen(failed: Iterable[Row]) -> list[Row]:
    """Return the rows to quote, no case twice: the choice is by severity, never by how it reads."""
    ordered = sorted(failed, key=lambda row: (-row.case.severity, row.case.suite, row.case.name, row.criterion, row.id))
    return sorted(
        list(_spread(ordered))[:QUOTED],
        key=lambda row: (-row.case.severity, row.case.suite, row.case.name, row.criterion),
    )


def _spread(ordered: list[Row]) -> Iterator[Row]:
    """Yield the first row of each criterion, then the others; each case once."""
    criteria: set[str] = set()
    cases: set[tuple[str, str]] = set()
    for again in (False, True):
        for row in ordered:
            case = (row.case.suite, row.case.name)
            if case not in cases and (again or row.criterion not in criteria):
                criteria.add(row.criterion)
                cases.add(case)
                yield row


def _quoted(row: Row) -> Quoted:
    said = row.trace.text if row.trace else ""
    status = row.trace.status if row.trace else "error"
    return Quoted(
        row.case.suite, row.case.name, row.criterion, row.case.severity, _cut(asked(row.case, row.trace), ASKED),
        _cut(said) or f"(no text: {status})", _cut(row.grade.reason) or "no reason is kept", row.id,
    )  # fmt: skip


def _cut(text: str, most: int = LONGEST) -> str:
    """Return a text on one line, printable, and cut at a word where it is long."""
    plain = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    if len(plain) <= most:
        return plain
    return f"{plain[:most].rsplit(' ', 1)[0]} [...]"
