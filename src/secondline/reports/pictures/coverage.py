"""Coverage of prediction sets, for a whole population and each of its segments."""

from __future__ import annotations

from typing import Any

from secondline.core.evidence import Evidence
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts.theme import FULL
from secondline.reports.pictures.answer import ends, says
from secondline.reports.view import View, detail, estimate_of

WHOLE, SEGMENTS = "robustness.conformal_coverage", "robustness.conformal_by_segment"
MOST_LEVELS = 40


def coverage(view: View) -> Chart | None:
    """Return the coverage of the class that is covered worse, with intervals, against the promise."""
    whole = view.first(WHOLE, view.latest)
    answers = [e for e in view.answers(SEGMENTS, view.latest) if e.outcome.estimate]
    if whole is None or not answers:
        return None
    rows = [_row(whole, view.latest), *(_row(e, _name(e)) for e in answers[:MOST_LEVELS])]
    promised = float(detail(whole)["nominal"])
    alt = (
        f"Coverage of prediction sets in {view.latest} and {words.count(len(answers), 'segment')}, with intervals; "
        f"{promised:g} was promised. {says(whole)}."
    )
    caption = f"Outcomes held by their prediction set, of the class covered worse, {view.latest}"
    panel = (f"coverage ({promised:g} was promised)", rows, words.bounds(answers[0].limit))
    spec = charts.forest([panel], alt, width=FULL - 180)
    return Chart("c-coverage", caption, spec, alt)


def _name(evidence: Evidence) -> str:
    return f"{evidence.subject.segment} = {evidence.subject.level}"


def _row(evidence: Evidence, name: str) -> dict[str, Any]:
    value = estimate_of(evidence).value
    row = {"name": name, "value": value, "outcome": evidence.outcome.kind, "before": None}
    return {**row, **ends(evidence), "says": says(evidence), "href": f"#{evidence.id}"}
