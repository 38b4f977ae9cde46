"""The part of section 12 that records the search for a less discriminatory model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Block, Cell, Chart, Placeholder, Table
from secondline.reports.charts.alternatives import frontier
from secondline.reports.view import View, estimate_of

CODE = "fairness.alternatives"
VERDICT = {"yes": "comparable", "no": "not comparable", "unsure": "not told"}


def blocks(view: View) -> Iterator[Block]:
    """Yield the record of the search, or what is missing for one."""
    found = view.first(CODE, view.latest)
    if found is None:
        yield words.text("Not evidenced: no search for a less discriminatory model.", *words.why_not(view, [CODE]))
        return
    detail = estimate_of(found).detail
    yield words.text(*_said(found, detail))
    yield _picture(found, detail)
    listed = [c for c in detail["candidates"] if c["listed"]]
    if listed:
        yield _table(found, listed)
    yield Placeholder(
        "Decide on the alternatives: adopt, or say why not (cost, stability, explainability, law), and who approved.",
        "approver",
        "alternatives",
    )


def _said(evidence: Evidence, detail: dict[str, Any]) -> Iterator[str | Any]:
    rule, champion = detail["rule"], detail["champion"]
    yield (
        f"{words.count(detail['tried'], 'model')} were tried on {detail['group']} against {detail['control']} of "
        f"{detail['column']}, at the champion's approval rate of {words.percent(champion['approved'])}. The rule was "
        f"fixed with the plan: a comparable model loses at most {number(rule['auc-loss'])} of AUC"
    )
    if rule.get("bad-rate-rise") is not None:
        yield f" and raises the event rate of those approved by at most {words.percent(rule['bad-rate-rise'])}"
    comparable = sum(1 for c in detail["candidates"] if c["comparable"])
    yield f". On the half of the rows that chooses, {comparable} were comparable. The ratio of approval rates is "
    yield f"{number(champion['ratio'])} under the champion; a comparable model raises it by "
    yield words.figure(evidence)
    yield ", judged on the other half alone."


def _picture(evidence: Evidence, detail: dict[str, Any]) -> Chart:
    rows = [
        {
            "x": c["auc difference"],
            "y": c["ratio"],
            "kind": "listed" if c["listed"] else "comparable" if c["comparable"] else "other",
            "name": c["name"],
            "says": f"{c['name']}: AUC {number(c['auc difference'])}, ratio {number(c['ratio'])}",
            "href": f"#{evidence.id}",
        }
        for c in detail["candidates"]
    ]
    listed = words.listed([r["name"] for r in rows if r["kind"] == "listed"], 5)
    alt = f"Ranking lost against impact ratio gained by {words.count(len(rows), 'model')}. Short list: {listed}."
    caption = f"Models tried: ranking against the ratio of approval rates, {evidence.subject.population}, choosing half"
    spec = frontier(rows, detail["chosen ratio"], detail["rule"]["auc-loss"], alt)
    return Chart("c-alternatives", caption, spec, alt)


def _table(evidence: Evidence, listed: list[dict[str, Any]]) -> Table:
    head = ("Alternative", "Gain in ratio", "AUC", "Event rate of approved", "Verdict")
    rows = tuple(
        (
            Cell(c["name"], evidence.id),
            Cell(_span(c["gain"])),
            Cell(_span(c["auc"])),
            Cell(_span(c["bad rate"])),
            Cell(VERDICT[c["confirmed"]], tone="good" if c["confirmed"] == "yes" else "muted"),
        )
        for c in listed
    )
    note = "Each is the alternative less the champion on the confirming half; intervals hold for the whole list."
    widths = (0.2, 0.22, 0.22, 0.22, 0.14)
    return Table("t-alternatives", "Short list, confirmed", head, "lrrrl", rows, widths, note=note)


def _span(gap: list[float | None]) -> str:
    value, low, high = gap
    if value is None:
        return "none"
    return number(value) if low is None or high is None else f"{number(value)} [{number(low)}, {number(high)}]"
