"""A model built again, in pictures: where its scores part from the champion's, and where decisions flip."""

from __future__ import annotations

from typing import Any

from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Chart
from secondline.reports.charts import refit as charts
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, detail

ROUNDING = 1e-9
WAYS = {"robustness.seed_churn": "other seeds", "robustness.bootstrap_churn": "other rows"}


def agreement(view: View) -> Chart | None:
    """Return the refit's scores beside the champion's; none where scores differ by rounding at most."""
    evidence = view.first("soundness.reproduce", view.latest)
    found = detail(evidence)
    if not found.get("binned") or found.get("largest difference", 0.0) <= ROUNDING:
        return None
    rows = [
        {**row, **link(evidence), "says": f"champion {number(row['champion'])}, refit {number(row['refit'])}"}
        for row in found["binned"]
    ]
    alt = (
        f"Scores of the refit in {len(rows)} bins of the champion's score, {view.latest}. The largest difference of a "
        f"row is {number(found['largest difference'])}. Bars hold nine rows in ten."
    )
    return Chart("c-refit", f"Scores of the refit and of the champion, {view.latest}", charts.agreement(rows, alt), alt)


def flips(view: View) -> Chart | None:
    """Return where along the score decisions flip, for each way of building the model again that was measured."""
    known = {code: view.first(code, view.latest) for code in WAYS}
    rows = [
        _band(WAYS[code], band) | link(evidence)
        for code, evidence in known.items()
        for band in detail(evidence).get("flips by score", ())
    ]
    rule = view.spec.decision
    if not rows or rule is None:
        return None
    cut = rule.approve_below if rule.approve_below is not None else rule.approve_at_least or 0.0
    cut = -cut if view.spec.score.direction == "lower-is-riskier" else cut
    total = "; ".join(f"{WAYS[code]} {words.measured(e)}" for code, e in known.items() if e)
    alt = f"Share of decisions that flip along the champion's score, {view.latest}, with the cut-off. In all: {total}."
    caption = f"Where decisions flip when the model is built again, {view.latest}"
    return Chart("c-flips", caption, charts.flips(rows, cut, alt), alt)


def _band(way: str, band: dict[str, Any]) -> dict[str, Any]:
    said = f"{way}, scores {number(band['from'])} to {number(band['to'])}: {words.percent(band['flips'])}"
    return {"score": (band["from"] + band["to"]) / 2, "flips": band["flips"], "way": way, "says": said}
