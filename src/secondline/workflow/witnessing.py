"""Witnessing: what a report is handed besides its run: some failed answers, and plans of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.core.evidence import Run
from secondline.evals.grading.table import Row
from secondline.evals.kept import Kept, asked
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.reports.witness import NOTHING, Done, LabelPlan, Quoted, Witness
from secondline.workflow.evaluating import kept_of
from secondline.workflow.labelling.standing import PLANS

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
        kept = None
    found, labels = NOTHING if kept is None else told(kept), _labels(store, run)
    return replace(found, labels=labels) if labels else found


def _labels(store: Path, run: Run) -> tuple[LabelPlan, ...]:
    """Return the plans of labels that numbers of a run name, as they stand on record."""
    found = (e.outcome.estimate for e in run.evidence)
    names = dict.fromkeys(name for one in found if one for name in one.detail.get(PLANS, ()))
    if not names or not Ledger.exists(store):
        return ()
    records = Ledger.open(store).records
    docs = ((name, records.get("labels", name)) for name in sorted(names, key=lambda name: (len(name), name)))
    return tuple(_plan(records, name, doc) for name, doc in docs if doc)


def _plan(records: Records, name: str, doc: Mapping[str, Any]) -> LabelPlan:
    acts = {one.act: Done(one.actor, one.at[:10], one.seq) for one in records.past("labels", name)}
    held = doc.get("settled", {})
    return LabelPlan(
        name, doc.get("suite", ""), doc["criterion"], doc["design"], doc["object"], doc["frame"], doc["tasks"],
        held.get("labelled", 0), held.get("twice", 0), held.get("disputes", 0), tuple(doc["raters"]),
        acts["labels.planned"], acts.get("labels.settled") if held else None,
    )  # fmt: skip


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
