"""The whole at a glance: outcomes by family, and the exclusions that lead to the model set."""

from __future__ import annotations

from typing import Any

from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.view import FAMILIES, View, family, tally


def outcomes(view: View) -> Chart:
    """Return the outcomes of every family as stacked bars."""
    counts = {FAMILIES.get(f, f): tally(e for e in view.run.evidence if family(e.code) == f) for f in view.families}
    total = {kind: n for kind, n in tally(view.run.evidence).items() if n}
    alt = "Outcomes by family. " + ", ".join(f"{words.OUTCOME[kind]} {n}" for kind, n in total.items()) + "."
    return Chart("c-outcomes", "Answers by family and outcome", charts.outcomes(counts, alt), alt)


def waterfall(view: View) -> Chart | None:
    """Return the exclusions from source rows to model set."""
    steps = view.spec.waterfall
    if steps is None:
        return None
    left = steps.source_rows
    rows = [_bar("source rows", 0, left, f"{left:,}", total=True)]
    for i, step in enumerate(steps.steps, 1):
        rows.append(_bar(f"{i}. {step.reason}", left - step.rows, left, f"\N{MINUS SIGN}{step.rows:,}", total=False))
        left -= step.rows
    rows.append(_bar("model set", 0, left, f"{left:,}", total=True))
    alt = (
        f"From {steps.source_rows:,} source rows to {left:,} in the model set in "
        f"{words.count(len(steps.steps), 'step')}."
    )
    return Chart("c-waterfall", "Exclusions from source to model set", charts.waterfall(rows, alt), alt)


def _bar(step: str, start: int, end: int, label: str, *, total: bool) -> dict[str, Any]:
    return {"step": step, "from": start, "to": end, "label": label, "total": total, "says": f"{step}: {label}"}
