"""Pictures of challengers: leads, swap sets, size against performance, and what a readable one has learnt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts import challengers as drawn
from secondline.reports.charts.theme import FULL
from secondline.reports.pictures.answer import ends, says
from secondline.reports.view import View, detail, estimate_of

MOST_BARS = 8
READ_FIRST = ("ebm", "scorecard")


def measured(view: View, code: str) -> list[Evidence]:
    """Return the answers about the newest population that hold a number, in the order challengers were declared."""
    return [e for e in view.answers(code, view.latest) if e.outcome.estimate]


def leads(view: View) -> Chart | None:
    """Return the champion's lead over each challenger in ranking, and in the choice of those it approves."""
    panels = []
    for code, title in (
        ("challenge.auc", "lead in AUC"),
        ("challenge.swap_sets", "lead in event rate, swap sets"),
    ):
        answers = [e for e in measured(view, code) if ends(e)]
        if answers:
            panels.append((title, [_row(e) for e in answers], words.bounds(answers[0].limit)))
    if not panels:
        return None
    told = "; ".join(says(e) for e in measured(view, "challenge.auc"))
    alt = f"The champion's lead over each challenger on {view.latest}, positive where the champion is better. {told}."
    caption = f"The champion's lead over each challenger, {view.latest}; positive where the champion is better"
    width = 245 if len(panels) > 1 else FULL - 180
    return Chart("c-challengers", caption, charts.forest(panels, alt, width=width), alt)


def _row(evidence: Evidence) -> dict[str, Any]:
    return {
        "name": evidence.subject.column or "", "value": estimate_of(evidence).value, **ends(evidence),
        "outcome": evidence.outcome.kind, "before": None, "says": says(evidence), "href": f"#{evidence.id}",
    }  # fmt: skip


def overlaid(view: View) -> Iterator[Chart]:
    """Yield the ROC and gains curves of the champion over those of the challenger that ranks best."""
    found = measured(view, "challenge.auc")
    if not found:
        return
    best = max(found, key=lambda e: detail(e)["challenger"])
    held = detail(best)
    for key, name, draw in (("roc", "ROC curve", charts.roc), ("gains", "Gains curve", charts.gains)):
        labels: dict[str, Any] = {
            f"{best.subject.column} {number(held['challenger'])}": held.get(f"challenger {key}"),
            f"champion {number(held['champion'])}": held.get(f"champion {key}"),
        }
        if all(labels.values()):
            alt = f"{name} of {words.listed(list(labels))}, by AUC, on {view.latest}."
            caption = f"{name}, champion and best challenger"
            yield Chart(f"c-challenger-{key}", caption, draw(labels, alt), alt, "half")


def complexity(view: View) -> Chart | None:
    """Return AUC against size, for all challengers and for the champion where its size is known."""
    found = next(iter(measured(view, "challenge.complexity_gain")), None)
    held = detail(found)
    if found is None or not held.get("models"):
        return None
    top = held["champion auc"]
    rows = [_sized(model, top, found) for model in held["models"] if model.get("parameters")]
    champion = held.get("champion") or {}
    if champion.get("parameters"):
        told = f"champion: AUC {number(top)}, {champion['size']}"
        rows.append({"name": "champion", "auc": top, "role": "champion", "says": told, "href": f"#{found.id}",
                     "parameters": champion["parameters"]})  # fmt: skip
    alt = f"AUC on {view.latest} against size. {'; '.join(row['says'] for row in rows)}."
    caption = (
        f"Size and ranking of each model, {view.latest}. Hollow circles can be read whole; bars are the intervals of "
        "the difference from the champion"
    )
    return Chart("c-complexity", caption, drawn.complexity(rows, alt, champion=top), alt)


def _sized(model: Mapping[str, Any], top: float, evidence: Evidence) -> dict[str, Any]:
    return {
        "name": model["name"], "parameters": model["parameters"], "auc": model["auc"], "low": top - model["high"],
        "high": top - model["low"], "role": "simple" if model["simple"] else "other", "href": f"#{evidence.id}",
        "says": f"{model['name']}: AUC {number(model['auc'])}, {model['size']}",
    }  # fmt: skip


def swaps(view: View) -> Chart | None:
    """Return the event rates of the swap sets of each challenger."""
    found = [e for e in measured(view, "challenge.swap_sets") if detail(e).get("sets")]
    if not found:
        return None
    rows = [
        {
            "name": e.subject.column or "", "who": who, "href": f"#{e.id}",
            "says": f"{e.subject.column}, {who}: {_rated(held)}", **{k: held[k] for k in ("rate", "low", "high")},
        }
        for e in found
        for who in ("champion only", "challenger only")
        if (held := detail(e)["sets"][who])["labelled"]
    ]  # fmt: skip
    both = [detail(e)["sets"]["both"]["rate"] for e in found]
    rate = words.percent(detail(found[0])["approval rate"])
    told = "; ".join(row["says"] for row in rows)
    alt = f"Event rates of rows approved by one model only, both approving {rate}, {view.latest}. {told}."
    caption = (
        f"Swap sets at an approval rate of {rate}, {view.latest}: filled circles are approved by the champion only, "
        "hollow squares by the challenger only"
    )
    return Chart("c-swaps", caption, drawn.swaps(rows, alt, everyone=sum(both) / len(both)), alt)


def _rated(held: Mapping[str, Any]) -> str:
    low, high = (words.percent(held[end]) for end in ("low", "high"))
    return f"{words.percent(held['rate'])} [{low}, {high}] of {held['rows']:,} rows"


def shapes(view: View) -> Chart | None:
    """Return the curves of the readable challenger that says most: the explainable boosting machine, else a card."""
    models = {detail(e)["model"]["kind"]: e for e in reversed(measured(view, "challenge.auc")) if _shapes(e)}
    found = next((models[kind] for kind in READ_FIRST if kind in models), None)
    if found is None:
        return None
    panels = [(shape["feature"], _drawn(shape)) for shape in _shapes(found)]
    panels = [(title, rows) for title, rows in panels if rows]
    name = found.subject.column or ""
    alt = f"What challenger {name} learnt of the {len(panels)} features that move its score most: " + ", ".join(
        title for title, _ in panels
    )
    caption = f"What challenger {name} has learnt: each feature's part in the log-odds, the strongest first"
    return Chart("c-shapes", caption, drawn.curves(panels, f"{alt}."), f"{alt}.")


def _shapes(evidence: Evidence) -> list[dict[str, Any]]:
    model = detail(evidence).get("model") or {}
    return list(model.get("shapes") or ())


def _drawn(shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a panel; an outermost bin, which may reach far, is drawn a twentieth beyond its cut."""
    odds, edges = shape["log-odds"], list(shape.get("edges") or ())
    if not edges:
        return [{"at": at, "log-odds": value} for at, value in zip(shape["at"], odds, strict=True)][:MOST_BARS]
    if len(edges) > 3:  # noqa: PLR2004 - three edges make two bins, and no inner span
        reach = (edges[-2] - edges[1]) / 20
        edges[0], edges[-1] = max(edges[0], edges[1] - reach), min(edges[-1], edges[-2] + reach)
    return [{"from": a, "to": b, "log-odds": value} for (a, b), value in zip(pairwise(edges), odds, strict=True)]
