"""How far features and the score have moved, and how their distributions look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts.theme import FULL
from secondline.reports.headline import noise_of, shifts
from secondline.reports.pictures.answer import ends, link, says
from secondline.reports.view import View, detail, estimate_of

_NUMBER = r"(-?\d[\d.]*(?:e[-+]?\d+)?)"
_RANGE = re.compile(rf"^\(.+, {_NUMBER}\]$")
_OPEN = re.compile(rf"^(<=|>) {_NUMBER}$")
MOST_DOTS = 30


def ranking(view: View) -> Chart | None:
    """Return the features ordered by how far they moved, with the noise to expect and the limit."""
    found = shifts(view)
    if not found:
        return None
    rows = [
        {
            "name": e.subject.column or "",
            "value": estimate_of(e).value,
            "says": says(e),
            "href": f"#{e.id}",
            **ends(e),
        }
        for e in found[:MOST_DOTS]
    ]
    noise, limits = noise_of(found[0]) or 0.0, words.bounds(found[0].limit)
    over = [e.subject.column or "" for e in found if e.outcome.kind == "failed"]
    alt = (
        f"Index of change of {words.count(len(found), 'feature')}, largest first: {says(found[0])}. Beyond the "
        f"limit: {words.listed(over, 5)}."
    )
    caption = f"How far each feature moved, {view.reference} to {view.latest}" + (
        f" (largest {MOST_DOTS})" if len(found) > MOST_DOTS else ""
    )
    return Chart("c-shifts", caption, charts.ranking(rows, alt, noise=noise, limits=limits[-1:], width=FULL - 110), alt)


def shift(evidence: Evidence | None, id_: str) -> Chart | None:
    """Return the distribution behind an index of change, bin by bin."""
    bins = [
        b for b in detail(evidence).get("bins", ()) if b.get("reference") is not None and b.get("current") is not None
    ]
    bins = [b for b in bins if b["reference"] or b["current"]]
    if evidence is None or not bins:
        return None
    names = _edges([str(b["label"]) for b in bins])
    rows = [
        {
            "label": name,
            "reference": b["reference"],
            "current": b["current"],
            "says": _bin(b),
            **link(evidence),
        }
        for name, b in zip(names, bins, strict=True)
    ]
    about = evidence.subject.column or "score"
    alt = (
        f"Distribution of {about} over {len(rows)} bins cut on {evidence.subject.reference or 'the reference'}: "
        f"reference and current."
    )
    caption = f"Distribution of {about}, {evidence.subject.reference or 'reference'} and {evidence.subject.population}"
    return Chart(id_, caption, charts.shift(rows, alt), alt)


def _edges(labels: Sequence[str]) -> Sequence[str]:
    """Return bins named by their upper edge, where every name stays different."""
    short = [_RANGE.sub(lambda m: f"to {float(m[1]):.3g}", label) for label in labels]
    short = [_OPEN.sub(lambda m: f"{m[1]} {float(m[2]):.3g}", name) for name in short]
    return short if len(set(short)) == len(labels) else labels


def _bin(b: dict[str, Any]) -> str:
    return f"{b['label']}: reference {words.percent(b['reference'])}, current {words.percent(b['current'])}"
