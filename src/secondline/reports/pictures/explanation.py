"""What moves the score: the strength and the spread of contributions, and the curves of the strongest inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Chart
from secondline.reports.charts import explanation as charts
from secondline.reports.pictures.answer import ends
from secondline.reports.view import View, detail, estimate_of

ATTRIBUTION, EFFECT = "explanation.attribution", "explanation.effect"
MOST, SPREAD, DRAWN, LISTED = 15, 10, 6, 10
WAYS = {"rises": "risk rises", "falls": "risk falls", "mixed": "either way", "none": "constant"}
TAILED = 12.0
"""How many times the middle half a range must be to be drawn on a logarithmic axis."""


def strongest(view: View, most: int = 0) -> tuple[Evidence, ...]:
    """Return the attributions of the newest population, strongest input first, those of no strength left out."""
    found = [e for e in view.answers(ATTRIBUTION, view.latest) if e.outcome.estimate and estimate_of(e).value > 0]
    found.sort(key=lambda e: -estimate_of(e).value)
    return tuple(found[:most] if most else found)


def way(evidence: Evidence) -> str:
    """Return how an input works, in words; nothing for texts."""
    return WAYS.get(str(detail(evidence).get("direction", "")), "")


def strengths(view: View) -> Chart | None:
    """Return the inputs by mean absolute contribution."""
    found = strongest(view, MOST)
    if not found:
        return None
    rows = [
        {"name": e.subject.column or "", "value": estimate_of(e).value, "way": way(e), "says": _says(e),
         "href": f"#{e.id}", **_ends(e)}
        for e in found
    ]  # fmt: skip
    scale = str(detail(found[0]).get("scale", "score"))
    alt = f"Mean absolute contribution of {words.count(len(found), 'input')}, largest first. {_says(found[0])}."
    more = f" (strongest {MOST})" if len(strongest(view)) > MOST else ""
    caption = f"What each input contributes to the scores of {view.latest}{more}"
    return Chart("c-contributions", caption, charts.strengths(rows, f"mean |contribution|, {scale}", alt), alt)


def _ends(evidence: Evidence) -> dict[str, float]:
    value = estimate_of(evidence).value
    return {"low": value, "high": value, **ends(evidence)}


def _says(evidence: Evidence) -> str:
    share = words.percent(float(detail(evidence).get("share", 0.0)))
    about = f"{evidence.subject.column}: {words.measured(evidence)}, {share} of all"
    return f"{about}, {way(evidence)}" if way(evidence) else about


def spread(view: View) -> Chart | None:
    """Return how the contributions of the strongest inputs spread over the rows."""
    found = strongest(view, SPREAD)
    names = [e.subject.column or "" for e in found]
    rows = [
        {"name": e.subject.column or "", **dot,
         "says": f"{e.subject.column}: {words.percent(dot['share'])} of rows at {number(dot['at'])}"}
        for e in found
        for dot in detail(e).get("swarm", ())
    ]  # fmt: skip
    if not rows:
        return None
    scale = str(detail(found[0]).get("scale", "score"))
    alt = f"Contributions of {words.count(len(names), 'input')} over the rows; shade tells the value of the input."
    caption = f"How contributions spread over the rows of {view.latest}: area is the share of rows"
    return Chart("c-spread", caption, charts.swarm(rows, names, f"contribution, {scale}", alt), alt)


def effects(view: View) -> Iterator[Chart]:
    """Yield the curves of the strongest inputs on one vertical scale."""
    known = {e.subject.column: e for e in view.answers(EFFECT, view.latest) if e.outcome.estimate}
    shown = [known[e.subject.column] for e in strongest(view) if e.subject.column in known][:DRAWN]
    if not shown:
        return
    points = [p for e in shown for p in (*detail(e).get("ale", ()), *detail(e)["pdp"])]
    low, high = min(p["low"] for p in points), max(p["high"] for p in points)
    margin = 0.06 * (high - low) or 1.0
    for i, evidence in enumerate(shown, 1):
        yield _curves(evidence, i, (low - margin, high + margin))


def _curves(evidence: Evidence, place: int, reach: tuple[float, float]) -> Chart:
    found, name = detail(evidence), evidence.subject.column or ""
    caption = f"{name}: effect on the {found.get('scale', 'score')}, {evidence.subject.population}"
    id_ = f"c-effect-{place}"
    if not found.get("ale"):
        ordered = sorted(found["pdp"], key=lambda p: p["value"])
        alt = f"Partial dependence on {name}, from {ordered[0]['x']} to {ordered[-1]['x']}: {words.measured(evidence)}."
        return Chart(id_, caption, charts.levels(ordered, name, alt, reach=reach), alt, "half")
    ale = found["ale"]
    lowest, highest = min(ale, key=lambda p: p["value"]), max(ale, key=lambda p: p["value"])
    alt = f"Effect of {name}: lowest at {lowest['x']:g}, highest at {highest['x']:g}, {words.measured(evidence)} apart."
    ticks, log = _axis([p["x"] for p in ale])
    spec = charts.curves(ale, found["pdp"], name, alt, reach=reach, log=log, ticks=ticks)
    return Chart(id_, caption, spec, alt, "half")


def _axis(edges: Sequence[float]) -> tuple[list[float], float]:
    """Return ticks where the rows lie and, for long tails, the width around 0 of a logarithmic axis."""
    size = len(edges) - 1
    middle = edges[(3 * size) // 4] - edges[size // 4]
    log = middle if middle and edges[-1] - edges[0] > TAILED * middle else 0.0
    ticks = sorted({edges[0], edges[size // 2], edges[(9 * size) // 10], edges[-1]})
    return ticks, float(log)


def pairs(view: View) -> tuple[Evidence | None, list[dict[str, Any]]]:
    """Return the answer about interactions of the newest population and its pairs, strongest first."""
    found = view.first("explanation.interactions", view.latest)
    return found, list(detail(found).get("pairs", ()))[:LISTED]
