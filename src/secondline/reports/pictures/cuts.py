"""Results by segment and by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts.theme import FULL
from secondline.reports.pictures.answer import axis, ends, says
from secondline.reports.view import View, estimate_of

MOST_LEVELS = 40


def forest(view: View) -> Chart | None:
    """Return estimates by segment, one panel for ranking and one for calibration."""
    panels = [
        found
        for name, best in (("discrimination", "auc"), ("calibration", "expected"))
        if (found := _panel(view, name, best))
    ]
    if not panels:
        return None
    levels = len(dict.fromkeys(row["name"] for _, rows, _ in panels for row in rows))
    alt = (
        f"Estimates with intervals for {words.count(levels, 'segment')} of {view.latest}: "
        f"{words.listed([p[0] for p in panels])}."
    )
    width = 236 if len(panels) > 1 else FULL - 180
    return Chart("c-segments", f"Results by segment, {view.latest}", charts.forest(panels, alt, width=width), alt)


def _panel(view: View, name: str, best: str) -> tuple[str, list[dict[str, Any]], list[float]] | None:
    for code in view.codes(name, over=("segment",), best=best):
        answers = [e for e in view.answers(code, view.latest) if e.outcome.estimate and ends(e)]
        if answers:
            before = {_place(e): estimate_of(e).value for e in _before(view, code) if e.outcome.estimate}
            rows = [_level(e, before.get(_place(e))) for e in answers[:MOST_LEVELS]]
            return axis(code), rows, words.bounds(answers[0].limit)
    return None


def _place(evidence: Evidence) -> tuple[str | None, str | None]:
    return evidence.subject.segment, evidence.subject.level


def _before(view: View, code: str) -> Sequence[Evidence]:
    return view.answers(code, view.reference) if view.reference != view.latest else ()


def _level(evidence: Evidence, before: float | None) -> dict[str, Any]:
    row = {"name": f"{evidence.subject.segment} = {evidence.subject.level}", "value": estimate_of(evidence).value}
    return {
        **row,
        **ends(evidence),
        "outcome": evidence.outcome.kind,
        "before": before,
        "says": says(evidence),
        "href": f"#{evidence.id}",
    }


def series(view: View) -> Iterator[Chart]:
    """Yield one chart for every measure asked by month."""
    for code in view.codes("discrimination", "calibration", "stability", over=("period",)):
        answers = [e for p in view.populations for e in view.answers(code, p) if e.outcome.estimate and e.subject.level]
        if answers:
            rows = [
                _month(e)
                for e in sorted(
                    answers, key=lambda e: (view.populations.index(e.subject.population), e.subject.level or "")
                )
            ]
            alt = f"{view.title(code)}: {words.count(len(rows), 'month')} from {rows[0]['month']}, with intervals."
            spec = charts.series(
                rows,
                axis(code),
                alt,
                limits=words.bounds(answers[0].limit),
            )
            yield Chart(f"c-time-{code}", f"{view.title(code)}, by month", spec, alt)


def _month(evidence: Evidence) -> dict[str, Any]:
    span: dict[str, float | None] = {"low": None, "high": None, **ends(evidence)}
    row = {
        "month": evidence.subject.level,
        "population": evidence.subject.population,
        "value": estimate_of(evidence).value,
    }
    return {**row, **span, "outcome": evidence.outcome.kind, "says": says(evidence), "href": f"#{evidence.id}"}
