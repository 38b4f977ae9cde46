"""Pictures of fraud, from the details of its answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Chart
from secondline.reports.charts import fraud as charts
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, detail, estimate_of

CODE = "fraud."


def everything(view: View) -> Iterator[Chart]:
    """Yield every picture that the answers of the run allow."""
    yield from filter(None, (budget(view), maturity(view), detected(view), weekly(view)))


def budget(view: View) -> Chart | None:
    """Return how much fraud the newest population's alerts find as the budget grows."""
    found = view.first(f"{CODE}precision_at_budget", view.latest)
    curve = detail(found).get("curve", ())
    if found is None or not curve:
        return None
    rows = [
        {"budget": point["budget"], "detected": point[kind], "kind": kind, **link(found),
         "says": f"{point['budget']:.2%} alerted: {words.percent(point[kind])} of fraud {kind} detected"}
        for kind in ("by value", "by transaction") for point in curve if kind in point
    ]  # fmt: skip
    at = float(detail(found)["budget"])
    near = min((row for row in rows), key=lambda row: abs(math.log(row["budget"] / at)))
    alt = f"Share of fraud detected against the alert budget, by value and by transaction; {near['says']}."
    return Chart(
        "c-fraud-budget", f"Fraud detected by alert budget, {view.latest}", charts.budget(rows, at, alt), alt, "half"
    )


def maturity(view: View) -> Chart | None:
    """Return how the labels of the newest population come in."""
    found = view.first(f"{CODE}label_maturity", view.latest)
    curve = detail(found).get("curve", ())
    if found is None or not curve:
        return None
    told = detail(found)
    rows = [
        {**point, **link(found), "says": f"{point['days']} days: {words.percent(point['share'])} known"}
        for point in curve
    ]
    alt = (
        f"Share of eventual fraud known by days since the transaction; {words.percent(told['mature'])} is reached "
        f"after {words.count(told['mature after'], 'day')}."
    )
    caption = f"How labels come in, by {told['by']}, {view.latest}"
    return Chart("c-fraud-maturity", caption, charts.maturity(rows, told["mature"], alt), alt, "half")


def detected(view: View) -> Chart | None:
    """Return how long fraud goes on before an alert, a line a population; also where its median is not reached."""
    rows: list[dict[str, Any]] = []
    for population in view.populations:
        rows += [
            {**point, "population": population, "says": _within(population, point), **link(found)}
            for found in view.answers(f"{CODE}time_to_detect", population)
            for point in detail(found).get("curve", ())
        ]
    if not rows:
        return None
    alt = f"Share of accounts with fraud that were detected by hours since the first fraud; {rows[-1]['says']}."
    return Chart("c-fraud-detect", "Time from first fraud to detection", charts.detected(rows, alt), alt, "half")


def _within(population: str, point: dict[str, Any]) -> str:
    return f"{population}: {words.percent(point['detected'])} of accounts within {number(point['hours'])} hours"


def weekly(view: View) -> Chart | None:
    """Return the value detection rate by week since training in the newest population, and its fitted decay."""
    found = view.first(f"{CODE}decay", view.latest)
    weeks = detail(found).get("weeks", ())
    if found is None or not weeks:
        return None
    rows = [
        {**week, **link(found), "says": f"week {week['week']}: {words.percent(week['rate'])} of value detected"}
        for week in weeks
    ]
    fitted = _fit(weeks, estimate_of(found).value)
    alt = f"Value detection rate by week since training with intervals and its fitted trend; {rows[-1]['says']}."
    return Chart(
        "c-fraud-decay", f"Detection since training, {view.latest}", charts.weekly(rows, fitted, alt), alt, "half"
    )


def _fit(weeks: Any, slope: float) -> list[dict[str, float]]:
    """Return the fitted line: of the given fall a week, with the value detected over all weeks."""
    value = sum(week["value"] for week in weeks)
    seen = sum(week["value"] * week["rate"] for week in weeks)
    shape = sum(week["value"] * math.exp(-slope * week["week"]) for week in weeks)
    if not value or not shape:
        return []
    return [{"week": week["week"], "rate": min(seen / shape * math.exp(-slope * week["week"]), 1.0)} for week in weeks]
