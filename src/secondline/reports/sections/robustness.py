"""Section 10: where the model is weak and what it takes to break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number, p_text
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Figure, Placeholder, Ref, Section, Span, Table
from secondline.reports.pictures import robustness as pictures
from secondline.reports.sections import uncertainty
from secondline.reports.view import View, detail

ROBUST = ("soundness.noise", "soundness.edge_cases", "soundness.extrapolation")
WEAK = ("robustness.weak_regions", "robustness.weak_ranking", "robustness.weak_loss")
MOVED = ("robustness.noise_curve", "robustness.joint_sensitivity", "robustness.sensitivity", "robustness.missingness")
SHIFTED = ("robustness.operating_boundary", "robustness.worst_subpopulation", "robustness.tilt")
KIND = {
    "understated": "more than predicted",
    "overstated": "fewer than predicted",
    "ranking": "ranks worse than promised",
    "loss": "too certain",
}
FOLD = 14


def section(view: View) -> Section:
    """Return section 10."""
    ask = Placeholder(
        "Report sensitivity, noise, extrapolation and stress tests, and the uncertainty of single predictions.",
        id="robustness",
    )
    if view.spec.genai:
        pointed = words.text("What disturbs, challenges and attacks the system is in ", Ref("outcomes-consistency"),
                             " and ", Ref("outcomes-attacks"), ".")  # fmt: skip
        return Section("robustness", "10", "Robustness and stress", (pointed, ask))
    charts = {chart.id: chart for chart in pictures.everything(view)}
    parts: tuple[Section, ...] = (
        Section("weak-regions", "10.1", "Where the model is weak", tuple(_weak(view, charts))),
        Section("moved", "10.2", "Changed, odd and missing inputs", tuple(_moved(view, charts))),
        Section("boundary", "10.3", "Where the model may be used", tuple(_boundary(view, charts))),
    )
    parts += uncertainty.parts(view, len(parts) + 1)
    return Section("robustness", "10", "Robustness and stress", (ask,), parts)


def _weak(view: View, charts: dict[str, Any]) -> Iterator[Block]:
    missing = (
        "Not evidenced: no weak regions were searched for. Needed: a score, a label and columns to divide rows by."
    )
    for population in view.populations:
        if found := view.first("robustness.weak_regions", population):
            yield words.text(*_searched(found, population))
    yield from _picked(charts, "c-weak-regions")
    if table := _regions(view):
        yield table
    yield from tables.answered(view, WEAK, "weakness", "The worst region by each measure", missing)


def _searched(found: Evidence, population: str) -> Iterator[Span]:
    made = detail(found)
    sure = [region["region"] for region in made["regions"]]
    columns = words.count(len(made["columns"]), "column")
    yield f"In {population}, {made['searched']:,} regions of one and two of {columns} were looked at; "
    yield f"{words.count(len(sure), 'region was', 'regions were')} confirmed"
    yield f" ({words.listed(sure, 3)}): " if sure else ": the strongest candidate is "
    yield from ((Figure(words.measured(found), found.id), " observed over predicted"))
    yield f" in {made['worst']}." if made["worst"] else "."
    if left := made["left out as leaks"]:
        yield f" Left out, because it alone tells the outcome: {words.listed(left)}."


def _regions(view: View) -> Table | None:
    """Return the confirmed regions of every population and kind."""
    rows = tuple(
        _row(evidence, region)
        for code in WEAK
        for evidence in view.answers(code)
        for region in detail(evidence).get("regions", ())
    )
    if not rows:
        return None
    head = ("Region", "Weakness", "Share", "Seen", "Said", "Effect", "p")
    widths = (0.3, 0.17, 0.09, 0.09, 0.09, 0.19, 0.07)
    note = (
        "Share is of the rows; seen and said are the observed and the predicted rate. Effect is seen over said, AUC "
        "lost or excess log loss a row, on the rows that confirm it. Intervals hold for all candidates at once."
    )
    return Table("t-weak-regions", "Confirmed weak regions", head, "llrrrrr", rows, widths, len(rows) > FOLD, note)


def _row(evidence: Evidence, region: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(f"{region['region']} ({evidence.subject.population})", evidence.id),
        Cell(KIND[region["kind"]]),
        Cell(words.percent(region["share"])),
        Cell(words.percent(region["observed"])),
        Cell(words.percent(region["predicted"])),
        Cell(f"{number(region['effect'])} [{number(region['low'])}, {number(region['high'])}]"),
        Cell(p_text(region["p adjusted"]).removeprefix("p = ").removeprefix("p ")),
    )


def _moved(view: View, charts: dict[str, Any]) -> Iterator[Block]:
    missing = (
        "Not evidenced: no check of this run perturbs inputs, extrapolates beyond the development range or runs a "
        "scenario. Needed: the artefact, so that it can be scored on changed inputs."
    )
    yield from _picked(charts, "c-noise", "c-tornado", "c-outages")
    yield from tables.answered(view, (*ROBUST, *MOVED), "robustness", "Changed, odd and unseen inputs", missing)


def _boundary(view: View, charts: dict[str, Any]) -> Iterator[Block]:
    missing = "Not evidenced: no second population was held against where development had rows."
    yield from _picked(charts, "c-worst")
    if who := _who(view):
        yield who
    yield from tables.answered(view, SHIFTED, "shifted", "Unseen rows, the worst-served rows and shifts", missing)
    if table := _conditions(view):
        yield table


def _picked(charts: dict[str, Any], *ids: str) -> Iterator[Block]:
    return (charts[id_] for id_ in ids if id_ in charts)


def _who(view: View) -> Block | None:
    found = view.first("robustness.worst_subpopulation", view.latest)
    cells = detail(found).get("who", ())
    if found is None or not cells:
        return None
    said = [
        f"{c['region']} ({words.percent(c['of them'])} of them, {words.percent(c['of the others'])} of others)"
        for c in cells
    ]
    return words.text("The worst-served fifth: ", words.figure(found), f" log loss a row. {words.listed(said)}.")


def _conditions(view: View) -> Table | None:
    """Return the boundary of each input, those most often left first."""
    found = view.first("robustness.operating_boundary", view.latest)
    bounds = sorted(detail(found).get("conditions", ()), key=lambda bound: -bound["outside"])
    if found is None or not bounds:
        return None
    rows = tuple(
        (
            Cell(bound["column"], found.id),
            Cell(_range(bound)),
            Cell("yes" if bound["may_be_missing"] else "no"),
            Cell(words.percent(bound["outside"])),
            Cell(f"[{words.percent(bound['outside low'])}, {words.percent(bound['outside high'])}]"),
        )
        for bound in bounds
    )
    head = ("Input", "Seen in development", "May be missing", "Outside now", "Interval")
    caption = f"Conditions of use, and the share of {view.latest} that breaks each"
    return Table("t-conditions", caption, head, "lllrl", rows, (0.24, 0.34, 0.14, 0.12, 0.16), folded=len(rows) > FOLD)


def _range(bound: dict[str, Any]) -> str:
    if "one_of" in bound:
        return words.listed(bound["one_of"], 6)
    return f"{_plain(bound['at_least'])} to {_plain(bound['at_most'])}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else number(value)
