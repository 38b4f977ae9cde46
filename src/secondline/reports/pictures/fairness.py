"""Pictures of protected groups: ratios, gaps before and after controls, calibration, crossed groups, probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts.fairness import MOST
from secondline.reports.charts.theme import FULL
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, detail

Row = dict[str, Any]
ONE_PANEL, TWO_PANELS = FULL - 180, 236
CELLS = 14
GAPS = (
    ("fairness.conditional_gap", "approval", "share"),
    ("fairness.conditional_score_gap", "score", "standard deviations"),
    ("fairness.conditional_pricing_gap", "price", ""),
)


def ratios(view: View) -> Chart | None:
    """Return the adverse impact ratio of every judged group, raw and within strata where there are any."""
    panels: list[tuple[str, list[Row], list[float]]] = []
    for code, title in (
        ("fairness.adverse_impact", "approval rate / control's"),
        ("fairness.conditional_ratio", "the same within strata"),
    ):
        answers = _answers(view, code)
        rows = [_row(e, group, _group(e, group)) for e in answers for group in detail(e)["groups"]]
        if rows:
            panels.append((title, rows, words.bounds(answers[0].limit)))
    if not panels:
        return None
    judged = panels[0][2]
    alt = (
        f"Approval rate of {words.count(len(panels[0][1]), 'group')} over that of the control group in {view.latest}, "
        f"with simultaneous intervals; {'the dashed line is the limit of the pack' if judged else 'no limit is set'}."
    )
    width = TWO_PANELS if len(panels) > 1 else ONE_PANEL
    caption = f"Adverse impact ratio by group, {view.latest}"
    return Chart("c-fairness-ratios", caption, charts.forest(panels, alt, width=width, alike=True), alt)


def gaps(view: View) -> Iterator[Chart]:
    """Yield, for approval, score and price, the raw gap beside the gap at equal controls."""
    raw = {
        "approval": "fairness.approval_gap", "score": "fairness.score_gap", "price": "fairness.pricing_gap",
    }  # fmt: skip
    for code, what, unit in GAPS:
        answers = _answers(view, code)
        held = [_row(e, group, _group(e, group)) for e in answers for group in detail(e)["groups"]]
        if not held:
            continue
        before = [_row(e, group, _group(e, group)) for e in _answers(view, raw[what]) for group in detail(e)["groups"]]
        names = {row["name"] for row in held}
        panels: list[tuple[str, list[Row], list[float]]]
        told = unit or detail(answers[0]).get("unit", "")
        title = f"gap in {what}{f', {told}' if told else ''}"
        panels = [(f"{title}: raw", [row for row in before if row["name"] in names], []),
                  ("at equal controls", held, [])]  # fmt: skip
        alt = f"Gap in {what} between each group and its control in {view.latest}, raw and at equal controls."
        caption = f"Gap in {what}, raw and at equal controls ({words.listed(detail(answers[0])['controls'])})"
        yield Chart(f"c-fairness-{what}", caption, charts.forest(panels, alt, width=TWO_PANELS, alike=True), alt)


def calibration(view: View) -> Iterator[Chart]:
    """Yield predicted and observed rates by fifth of the score, the groups of a column side by side."""
    for evidence in _answers(view, "fairness.calibration_parity"):
        every, control = detail(evidence)["by group"], detail(evidence)["control"]
        largest = sorted(every, key=lambda g: (g["group"] != control, -sum(b["rows"] for b in g["bands"])))[:MOST]
        rows = [
            {**band, "group": g["group"], "says": _said(g["group"], band), **link(evidence)}
            for g in largest
            for band in g["bands"]
        ]
        column = evidence.subject.column or ""
        alt = f"Predicted and observed event rate by fifth of the score for the groups of {column} in {view.latest}."
        left = len(every) - len(largest)
        caption = f"Calibration by {column}, {view.latest}{f' (the {MOST} largest groups)' if left else ''}"
        yield Chart(f"c-fairness-calibration-{column}", caption, charts.by_group(rows, alt), alt)


def _said(group: str, band: Row) -> str:
    return (
        f"{group}, fifth {band['band']}: predicted {words.percent(band['predicted'])}, observed "
        f"{words.percent(band['observed'])} of {band['rows']:,} rows"
    )


def crossed(view: View) -> Chart | None:
    """Return the lowest ratios of crossed groups, raw with their intervals beside shrunken ones."""
    answers = _answers(view, "fairness.intersections")
    if not answers:
        return None
    (evidence,) = answers[:1]
    lowest = sorted(detail(evidence)["groups"], key=lambda g: g["shrunken ratio"])[:CELLS]
    raw = [_row(evidence, group, group["group"]) for group in lowest]
    shrunk = []
    for row, group in zip(raw, lowest, strict=True):
        base = group["shrunken rate"] / group["shrunken ratio"]
        ends = {"low": group["shrunken low"] / base, "high": group["shrunken high"] / base}
        shrunk.append({**row, "value": group["shrunken ratio"], **ends})
    limits = words.bounds(evidence.limit)
    alt = (
        f"Adverse impact ratio of the {len(raw)} crossed groups with the lowest shrunken ratio in {view.latest}, raw "
        "and shrunk towards all cells."
    )
    panels = [("raw ratio", raw, limits), ("shrunken ratio", shrunk, [])]
    caption = f"Crossed groups with the lowest approval rates, {view.latest}"
    return Chart("c-fairness-crossed", caption, charts.forest(panels, alt, width=TWO_PANELS, alike=True), alt)


def probabilities(view: View) -> Chart | None:
    """Return for each group known by probability: what is quoted, the naive weighted gap, and the bounds."""
    answers = _answers(view, "fairness.probabilistic_gap")
    if not answers:
        return None
    (evidence,) = answers[:1]
    rows: list[Row] = []
    for group in detail(evidence)["groups"]:
        sides = [("weighted, naive interval", group["weighted"], group["weighted low"], group["weighted high"]),
                 ("all that the proxy allows", group["weighted"], group["bound low"], group["bound high"])]  # fmt: skip
        if detail(evidence)["corrected"]:
            sides.insert(0, ("corrected by known rows", group["value"], group["low"], group["high"]))
        rows += [
            _row(evidence, {"value": value, "low": low, "high": high}, f"{group['group']}: {name}")
            for name, value, low, high in sides
        ]
    alt = f"Gap in approval of groups known by probability in {view.latest}: by estimator, with intervals."
    caption = f"Groups known by probability: gap in approval, {view.latest}"
    spec = charts.forest([("gap in approval", rows, words.bounds(evidence.limit))], alt, width=ONE_PANEL)
    return Chart("c-fairness-probabilities", caption, spec, alt)


def _answers(view: View, code: str) -> Sequence[Evidence]:
    return [e for e in view.answers(code, view.latest) if e.outcome.estimate]


def _group(evidence: Evidence, group: Row) -> str:
    return f"{evidence.subject.column}: {group['group']}"


def _row(evidence: Evidence, group: Row, name: str) -> Row:
    ends = {key: group[key] for key in ("value", "low", "high")}
    said = f"{name}: {number(ends['value'])} [{number(ends['low'])}, {number(ends['high'])}]"
    return {"name": name, **ends, "outcome": _outcome(evidence, group), "says": said, **link(evidence)}


def _outcome(evidence: Evidence, group: Row) -> str:
    """Return how a group fell by the limit on its answer: the whole interval decides, as for the worst."""
    edges = evidence.limit.bounds if evidence.limit else (None, None)
    low, high = (-float("inf") if edges[0] is None else edges[0], float("inf") if edges[1] is None else edges[1])
    if edges == (None, None):
        return "not_applicable"
    if low <= group["low"] and group["high"] <= high:
        return "passed"
    return "failed" if group["high"] < low or group["low"] > high else "inconclusive"
