"""Pictures of reasons, recourse and evasion, from the tables behind their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Chart
from secondline.reports.charts import reasons as charts
from secondline.reports.charts.theme import FULL
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, detail

LONG = 42


def mix(view: View) -> Chart | None:
    """Return how often each reason is given, first and at all, in the newest population."""
    found = view.first("explanation.reason_mix", view.latest)
    given = detail(found).get("given", ())
    if not given:
        return None
    rows = [{"name": named(line), "any": line["any"], "first": line["first"], "says": _said(line), **link(found)}
            for line in given]  # fmt: skip
    alt = (
        f"How often each of {words.count(len(rows), 'reason')} is given to declined applicants of {view.latest}, most "
        f"frequent first: {rows[0]['says']}."
    )
    return Chart("c-reasons", f"How often each reason is given, {view.latest}", charts.mix(rows, alt), alt)


def named(line: Mapping[str, Any]) -> str:
    """Return a code with its words, shortened to fit beside a bar."""
    text = line["code"] if line["says"] == line["code"] else f"{line['code']}  {line['says']}"
    return text if len(text) <= LONG else f"{text[: LONG - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _said(line: Mapping[str, Any]) -> str:
    at_all, first = words.percent(line["any"]), words.percent(line["first"])
    return f"{line['code']}, {line['says']}: given to {at_all}, as the first reason to {first}"


def recourse(view: View) -> Chart | None:
    """Return the share of declined applicants approved for at most each cost."""
    found = view.first("explanation.recourse", view.latest)
    curve = detail(found).get("costs", ())
    if not curve:
        return None
    rows = [
        {"step": line["cost"], "kind": "cheapest change", "share": line["share"], **link(found),
         "says": f"at most {words.count(round(line['cost']), 'step')}: {words.percent(line['share'])} approved"}
        for line in curve
    ]  # fmt: skip
    last = rows[-1]["says"]
    alt = f"Share of declined applicants of {view.latest} approved by the cost of the cheapest change. {last}."
    caption = f"Recourse: approved for at most this change, {view.latest}"
    spec = charts.reach(rows, "cost, in quantile steps of the reference", alt, width=FULL - 60)
    return Chart("c-recourse", caption, spec, alt)


def evasion(view: View) -> Chart | None:
    """Return the share of declined applicants that each budget turns, through one or two features and through all."""
    found = view.first("robustness.evasion", view.latest)
    curve = detail(found).get("curve", ())
    if not curve:
        return None
    rows = [_turned(found, line, "one feature or two", line["share"]) for line in curve]
    rows = [row | {"low": line["low"], "high": line["high"]} for row, line in zip(rows, curve, strict=True)]
    rows += [_turned(found, line, "all at once", line["all at once"]) for line in curve]
    alt = (
        f"Share of declined applicants of {view.latest} approved after a change within each budget. {rows[0]['says']}; "
        f"{rows[len(curve) - 1]['says']}."
    )
    caption = f"Evasion: approved after a change within this budget, {view.latest}"
    spec = charts.reach(rows, "budget, in interquartile ranges of a feature", alt, width=FULL - 60)
    return Chart("c-evasion", caption, spec, alt)


def _turned(found: Evidence | None, line: Mapping[str, float], kind: str, share: float) -> dict[str, Any]:
    says = f"{kind}, budget {number(line['budget'])}: {words.percent(share)} approved"
    return {"step": f"{line['budget']:g}", "kind": kind, "share": share, "says": says, **link(found)}
