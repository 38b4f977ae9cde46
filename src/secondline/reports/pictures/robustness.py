"""Pictures of weakness and robustness, from the details of their answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number, p_text
from secondline.reports import words
from secondline.reports.blocks import Chart
from secondline.reports.charts import robustness as charts
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, detail, estimate_of

MOST, LONGEST = 12, 46
CODE = "robustness."


def weak(view: View) -> Chart | None:
    """Return the regions found in the newest population: confirmed ones first, then the strongest of the others."""
    found = view.first(f"{CODE}weak_regions", view.latest)
    regions = [(r, True) for r in detail(found).get("regions", ())]
    regions += [(r, False) for r in detail(found).get("not confirmed", ())][: max(MOST // 2 - len(regions), 2)]
    if not regions or found is None:
        return None
    rows = [_region(region, found, confirmed=sure) for region, sure in regions[:MOST]]
    sure = [r["region"] for r, confirmed in regions if confirmed]
    alt = (
        f"Observed and predicted rate in {words.count(len(rows), 'region')} of {view.latest}; "
        f"{words.count(len(sure), 'region is', 'regions are')} confirmed{': ' + words.listed(sure, 3) if sure else ''}."
    )
    caption = f"Regions where prediction and outcome differ most, {view.latest}, on rows that had no part in the search"
    return Chart("c-weak-regions", caption, charts.weak(rows, alt), alt)


def _region(region: dict[str, Any], evidence: Evidence, *, confirmed: bool) -> dict[str, Any]:
    predicted = region["predicted"]
    said = (
        f"{region['region']}: predicted {words.percent(predicted)}, observed {words.percent(region['observed'])}, "
        f"{region['n']:,} rows, {p_text(region['p adjusted'])}"
    )
    return {
        "name": region["region"], "observed": region["observed"], "predicted": predicted, "says": said,
        "low": region["low"] * predicted, "high": region["high"] * predicted, "confirmed": confirmed, **link(evidence),
    }  # fmt: skip


def noise(view: View) -> Chart | None:
    """Return the AUC lost as noise grows, a line a population."""
    rows: list[dict[str, Any]] = []
    for population in view.populations:
        found = view.first(f"{CODE}noise_curve", population)
        if found:
            rows.append({"scale": 0.0, "lost": 0.0, "low": 0.0, "high": 0.0, "population": population,
                         "says": f"{population}: no noise", **link(found)})  # fmt: skip
            rows += [
                {**point, "population": population, **link(found),
                 "says": f"{population}: noise {point['scale']:g} costs {number(point['lost'])} of AUC"}
                for point in detail(found).get("curve", ())
            ]  # fmt: skip
    if not rows:
        return None
    last = rows[-1]
    alt = f"AUC lost against the size of noise; {last['says']}."
    return Chart("c-noise", "AUC lost as noise grows", charts.noise(rows, alt), alt, "half")


def tornado(view: View) -> Chart | None:
    """Return how far a step of each input moves the mean score of the newest population."""
    rows = [row for e in view.answers(f"{CODE}sensitivity", view.latest) if e.outcome.estimate and (row := _steps(e))]
    rows.sort(key=lambda row: -max(abs(row["up"]), abs(row["down"])))
    if not rows:
        return None
    alt = f"Change of the mean score for one step of each of {len(rows)} inputs; most for {rows[0]['says']}."
    caption = f"Change of the mean score when one input moves by one step, {view.latest}"
    return Chart("c-tornado", caption, charts.tornado(rows[: 2 * MOST], alt), alt)


def _steps(evidence: Evidence) -> dict[str, Any] | None:
    moves = {move["step"]: move.get("change") for move in detail(evidence).get("moves", ())}
    if moves.get(1) is None or moves.get(-1) is None:
        return None
    name = evidence.subject.column
    said = f"{name}: up {words.percent(moves[1])}, down {words.percent(moves[-1])}"
    return {"name": name, "up": moves[1], "down": moves[-1], "says": said, **link(evidence)}


def outages(view: View) -> Chart | None:
    """Return what ranking is lost when each input is missing in the newest population."""
    answers = [e for e in view.answers(f"{CODE}missingness", view.latest) if e.outcome.estimate]
    rows: list[dict[str, Any]] = [
        {"name": e.subject.column, "lost": estimate_of(e).value, "low": estimate_of(e).low, "high": estimate_of(e).high,
         "says": f"{e.subject.column}: {words.measured(e)} of AUC", **link(e)}
        for e in answers
    ]  # fmt: skip
    rows.sort(key=lambda row: -row["lost"])
    if not rows:
        return None
    alt = f"AUC lost when each of {len(rows)} inputs is missing; most for {rows[0]['says']}."
    caption = f"AUC lost when one input is missing in every row, {view.latest}"
    return Chart("c-outages", caption, charts.outages(rows[: 2 * MOST], alt), alt)


def worst(view: View) -> Chart | None:
    """Return the loss of the worst-served rows of the newest population by their share."""
    found = view.first(f"{CODE}worst_subpopulation", view.latest)
    curve = sorted(detail(found).get("curve", ()), key=lambda point: point["share"])
    if not curve or found is None:
        return None
    whole = detail(found)
    rows = [{**point, "says": _loss(point), **link(found)} for point in curve]
    rows.append({"share": 1.0, "loss": whole["all rows"], "promised": whole["all rows promised"], "low": None,
                 "high": None, "says": f"all rows: {number(whole['all rows'])}", **link(found)})  # fmt: skip
    alt = f"Log loss of the worst rows by their share; {rows[1]['says']}."
    caption = f"Log loss of the worst-served rows, {view.latest}"
    return Chart("c-worst", caption, charts.worst(rows, alt), alt, "half")


def _loss(point: dict[str, Any]) -> str:
    return (
        f"the worst {words.percent(point['share'])}: log loss {number(point['loss'])}, promised "
        f"{number(point['promised'])}"
    )


def everything(view: View) -> Iterator[Chart]:
    """Yield every picture that the answers allow."""
    for picture in (weak, noise, worst, tornado, outages):
        if found := picture(view):
            yield found
