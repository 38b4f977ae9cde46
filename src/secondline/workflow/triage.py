"""Triage: a judge whose card is not accepted may sort answers; nothing is decided by its verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from secondline.core.declared.graded import ANCHORS
from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import CardOnRecord
from secondline.core.tables.graded import TRIAGE, Graded
from secondline.stats.genai.correction import LABELS_ALONE
from secondline.stats.genai.rows import first
from secondline.workflow.questions import Question

ABOUT = frozenset({"genai.judge_validity", "genai.judge_agreement", "genai.judge_bias", "genai.unscored"})
"""Checks about the judge itself: they look at its verdicts whoever accepted it."""


def held_back(tables: Mapping[str, Any], standing: Sequence[CardOnRecord]) -> dict[str, Any]:
    """Return tables of graded answers in which judges without an accepted card only sort: their scorer is `triage`."""
    from secondline.evals.grading.table import sorting

    back = frozenset(one.criterion for one in standing if not one.holds)
    return {name: table if name.startswith(ANCHORS) else sorting(table, back) for name, table in tables.items()}


def decisive(measured: Measured, question: Question, records: Mapping[str, Any]) -> Measured:
    """Return a number, unless it rests on verdicts of a judge that only sorts: labels of people alone still count."""
    graded = records.get("graded")
    if isinstance(measured, Undefined) or not isinstance(graded, Graded) or first(graded, "scorer") != TRIAGE:
        return measured
    check = question.check
    if check.code in ABOUT or check.over != "criterion" or measured.method.startswith(LABELS_ALONE):
        return measured
    return Undefined(
        because="it rests on verdicts of a judge whose card nobody has accepted, or has ended", n=measured.n,
        needed="an accepted card of the judge (secondline evals card --record)",
    )  # fmt: skip
