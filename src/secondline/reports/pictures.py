"""Pictures: charts of evidence. A chart appears when an answer holds the table it needs, and not otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.charts.theme import FULL
from secondline.reports.headline import noise_of, shifts
from secondline.reports.view import FAMILIES, View, detail, estimate_of, family, tally

_NUMBER = r"(-?\d[\d.]*(?:e[-+]?\d+)?)"
_RANGE = re.compile(rf"^\(.+, {_NUMBER}\]$")
_OPEN = re.compile(rf"^(<=|>) {_NUMBER}$")
AXES = {
    "auc": "AUC",
    "actual_expected": "observed / predicted",
    "psi": "PSI",
    "score_psi": "PSI",
    "ks": "KS",
    "gini": "Gini",
}
SHORT = 5  # characters of a band's name that fit below its bar
MOST_DOTS = 30
MOST_LEVELS = 40


def bands(view: View, id_: str) -> Chart | None:
    """Return predicted against observed by band for the newest population."""
    found = view.with_detail("bands", view.latest, "calibration")
    rows = _bands(found)
    if not rows or found is None:
        return None
    beyond = [row["band"] for row in rows if not row["low"] <= row["predicted"] <= row["high"]]
    alt = (
        f"Predicted and observed rate in {len(rows)} score bands of {view.latest}, with the distribution of rows. "
        f"The prediction lies outside the interval of the observed rate in {words.count(len(beyond), 'band')}"
        f"{': ' + words.listed(beyond) if beyond else ''}."
    )
    caption = f"Predicted against observed rate by score band, {view.latest}, over the distribution of the score"
    return Chart(id_, caption, charts.bands(rows, alt), alt)


def _bands(evidence: Evidence | None) -> list[dict[str, Any]]:
    """Return the bands of an answer in order of risk, with short names and shares."""
    known = [band for band in detail(evidence).get("bands", ()) if _whole(band)]
    known.sort(key=lambda band: band["predicted"])
    names = [str(band["level"]) for band in known]
    if any(len(name) > SHORT for name in names):
        names = [str(i) for i in range(1, len(known) + 1)]
    total = sum(band["rows"] for band in known) or 1
    return [
        {
            "band": name,
            "share": band["rows"] / total,
            "says": f"band {name}, {band['level']}: predicted {words.percent(band['predicted'])}, observed "
            f"{words.percent(band['observed'])} [{words.percent(band['low'])}, {words.percent(band['high'])}], "
            f"{band['rows']:,.0f} rows",
            **_link(evidence),
            **{key: band[key] for key in ("predicted", "observed", "low", "high")},
        }
        for name, band in zip(names, known, strict=True)
    ]


def _whole(band: dict[str, Any]) -> bool:
    return all(band.get(key) is not None for key in ("level", "rows", "predicted", "observed", "low", "high"))


def _link(evidence: Evidence | None) -> dict[str, str]:
    return {"href": f"#{evidence.id}"} if evidence else {}


def reliability(view: View) -> Iterator[Chart]:
    """Yield the reliability diagram of each population, side by side where there are two."""
    for population in view.populations:
        found = view.with_detail("bands", population, "calibration")
        if rows := _bands(found):
            alt = f"Observed rate with its interval against the mean prediction of {len(rows)} bands of {population}."
            spec = charts.reliability(rows, alt)
            yield Chart(f"c-reliability-{population}", f"Reliability, {population}", spec, alt, "half")


def rates(view: View) -> Chart | None:
    """Return the observed rate by band, one line a population."""
    rows = [
        {
            "band": row["band"],
            "population": population,
            "observed": row["observed"],
            "says": f"{population}, {row['says']}",
            **_href(row),
        }
        for population in view.populations
        for row in _bands(view.with_detail("bands", population, "calibration"))
    ]
    if not rows:
        return None
    alt = (
        f"Observed rate by score band, one line for each of "
        f"{words.listed(list(dict.fromkeys(r['population'] for r in rows)))}."
    )
    return Chart("c-rates", "Observed rate by score band", charts.rates(rows, alt), alt)


def _href(row: dict[str, Any]) -> dict[str, str]:
    return {"href": row["href"]} if "href" in row else {}


def curves(view: View) -> Iterator[Chart]:
    """Yield the ROC and gains curves of all populations."""
    for key, name, draw in (("roc", "ROC curve", charts.roc), ("gains", "Gains curve", charts.gains)):
        found = {p: e for p in view.populations if (e := view.with_detail(key, p, "discrimination"))}
        if found:
            labels = {
                f"{p} {number(estimate_of(e).value)}" if key == "roc" else p: detail(e)[key] for p, e in found.items()
            }
            alt = f"{name} of {words.listed(list(labels))}."
            yield Chart(f"c-{key}", name, draw(labels, alt), alt, "half")


def ranking(view: View) -> Chart | None:
    """Return the features ordered by how far they moved, with the noise to expect and the limit."""
    found = shifts(view)
    if not found:
        return None
    rows = [
        {
            "name": e.subject.column or "",
            "value": estimate_of(e).value,
            "says": _says(e),
            "href": f"#{e.id}",
            **_ends(e),
        }
        for e in found[:MOST_DOTS]
    ]
    noise, limits = noise_of(found[0]) or 0.0, words.bounds(found[0].limit)
    over = [e.subject.column or "" for e in found if e.outcome.kind == "failed"]
    alt = (
        f"Index of change of {words.count(len(found), 'feature')}, largest first: {_says(found[0])}. Beyond the "
        f"limit: {words.listed(over, 5)}."
    )
    caption = f"How far each feature moved, {view.reference} to {view.latest}" + (
        f" (largest {MOST_DOTS})" if len(found) > MOST_DOTS else ""
    )
    return Chart("c-shifts", caption, charts.ranking(rows, alt, noise=noise, limits=limits[-1:], width=FULL - 110), alt)


def _ends(evidence: Evidence) -> dict[str, float]:
    estimate = estimate_of(evidence)
    return {} if estimate.low is None or estimate.high is None else {"low": estimate.low, "high": estimate.high}


def _says(evidence: Evidence) -> str:
    about = evidence.subject.text.split(", ", 1)[-1]
    return f"{about}: {words.measured(evidence)}, {words.outcome(evidence)}"


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
            **_link(evidence),
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


def forest(view: View) -> Chart | None:
    """Return estimates by segment, one panel for ranking and one for calibration."""
    panels = [
        found
        for name, best in (("discrimination", "auc"), ("calibration", "expected"))
        if (found := _panel(view, name, best))
    ]
    if not panels:
        return None
    levels = len(dict.fromkeys(row["name"] for _, rows, _ in panels for row in rows))
    alt = (
        f"Estimates with intervals for {words.count(levels, 'segment')} of {view.latest}: "
        f"{words.listed([p[0] for p in panels])}."
    )
    width = 236 if len(panels) > 1 else FULL - 180
    return Chart("c-segments", f"Results by segment, {view.latest}", charts.forest(panels, alt, width=width), alt)


def _panel(view: View, name: str, best: str) -> tuple[str, list[dict[str, Any]], list[float]] | None:
    for code in view.codes(name, over=("segment",), best=best):
        answers = [e for e in view.answers(code, view.latest) if e.outcome.estimate and _ends(e)]
        if answers:
            before = {_place(e): estimate_of(e).value for e in _before(view, code) if e.outcome.estimate}
            rows = [_level(e, before.get(_place(e))) for e in answers[:MOST_LEVELS]]
            return axis(code), rows, words.bounds(answers[0].limit)
    return None


def _place(evidence: Evidence) -> tuple[str | None, str | None]:
    return evidence.subject.segment, evidence.subject.level


def axis(code: str) -> str:
    """Return what to write along the axis of a measure: its usual name, else the words of its code."""
    name = code.rsplit(".", maxsplit=1)[-1].split("_by_", maxsplit=1)[0]
    return AXES.get(name, name.replace("_", " "))


def _before(view: View, code: str) -> Sequence[Evidence]:
    return view.answers(code, view.reference) if view.reference != view.latest else ()


def _level(evidence: Evidence, before: float | None) -> dict[str, Any]:
    row = {"name": f"{evidence.subject.segment} = {evidence.subject.level}", "value": estimate_of(evidence).value}
    return {
        **row,
        **_ends(evidence),
        "outcome": evidence.outcome.kind,
        "before": before,
        "says": _says(evidence),
        "href": f"#{evidence.id}",
    }


def series(view: View) -> Iterator[Chart]:
    """Yield one chart for every measure asked by month."""
    for code in view.codes("discrimination", "calibration", "stability", over=("period",)):
        answers = [e for p in view.populations for e in view.answers(code, p) if e.outcome.estimate and e.subject.level]
        if answers:
            rows = [
                _month(e)
                for e in sorted(
                    answers, key=lambda e: (view.populations.index(e.subject.population), e.subject.level or "")
                )
            ]
            alt = f"{view.title(code)}: {words.count(len(rows), 'month')} from {rows[0]['month']}, with intervals."
            spec = charts.series(
                rows,
                axis(code),
                alt,
                limits=words.bounds(answers[0].limit),
            )
            yield Chart(f"c-time-{code}", f"{view.title(code)}, by month", spec, alt)


def _month(evidence: Evidence) -> dict[str, Any]:
    ends: dict[str, float | None] = {"low": None, "high": None, **_ends(evidence)}
    row = {
        "month": evidence.subject.level,
        "population": evidence.subject.population,
        "value": estimate_of(evidence).value,
    }
    return {**row, **ends, "outcome": evidence.outcome.kind, "says": _says(evidence), "href": f"#{evidence.id}"}


def outcomes(view: View) -> Chart:
    """Return the outcomes of every family as stacked bars."""
    counts = {FAMILIES.get(f, f): tally(e for e in view.run.evidence if family(e.code) == f) for f in view.families}
    total = {kind: n for kind, n in tally(view.run.evidence).items() if n}
    alt = "Outcomes by family. " + ", ".join(f"{words.OUTCOME[kind]} {n}" for kind, n in total.items()) + "."
    return Chart("c-outcomes", "Answers by family and outcome", charts.outcomes(counts, alt), alt)


def waterfall(view: View) -> Chart | None:
    """Return the exclusions from source rows to model set."""
    steps = view.spec.waterfall
    if steps is None:
        return None
    left = steps.source_rows
    rows = [_bar("source rows", 0, left, f"{left:,}", total=True)]
    for i, step in enumerate(steps.steps, 1):
        rows.append(_bar(f"{i}. {step.reason}", left - step.rows, left, f"\N{MINUS SIGN}{step.rows:,}", total=False))
        left -= step.rows
    rows.append(_bar("model set", 0, left, f"{left:,}", total=True))
    alt = (
        f"From {steps.source_rows:,} source rows to {left:,} in the model set in "
        f"{words.count(len(steps.steps), 'step')}."
    )
    return Chart("c-waterfall", "Exclusions from source to model set", charts.waterfall(rows, alt), alt)


def _bar(step: str, start: int, end: int, label: str, *, total: bool) -> dict[str, Any]:
    return {"step": step, "from": start, "to": end, "label": label, "total": total, "says": f"{step}: {label}"}
