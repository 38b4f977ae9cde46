"""Showing: what a rater is shown of an answer, and the digest that tells whether it came back unchanged."""

from __future__ import annotations

from collections.abc import Mapping

from secondline.core.canonical import digest
from secondline.evals.grading.table import Row

SHOWN = ("criterion", "question", "context", "answer")
LONGEST = 30_000
"""Characters of a cell; Excel holds 32,767."""


def shown(row: Row) -> dict[str, str]:
    """Return the criterion, the question, the passages and the answer, as a rater reads them: no verdict, no model.

    Characters that cannot be printed are left out, and what is longer than a cell is cut, which is told in place.
    """
    trace = row.trace
    passages = (trace.retrieved if trace else ()) or row.case.context
    return {
        "criterion": row.criterion,
        "question": _cut("\n".join(t.content for t in row.case.turns if t.role == "user")),
        "context": _cut("\n\n".join(f"[{c.id}] {c.text}" for c in passages)),
        "answer": _cut((trace.text if trace else "") or f"(no text: {trace.status if trace else 'error'})"),
    }


def sealed(task: str, cells: Mapping[str, str]) -> str:
    """Return the digest of what a rater is shown, blind to what spreadsheets do to spaces and line ends."""
    return digest([task, *(" ".join(cells[name].split()) for name in SHOWN)])


def _cut(text: str) -> str:
    clean = "".join(c for c in text if c in "\n\t" or c.isprintable())
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]} [cut]"
