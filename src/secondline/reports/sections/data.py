"""Section 6, data: where they come from, whether they are sound by the seven dimensions, and whom they represent."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence, PopulationFacts
from secondline.reports import pictures, tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Section, Table
from secondline.reports.headline import shifts
from secondline.reports.sections.cover import day
from secondline.reports.view import View, of_kind, tally

DIMENSIONS = ("completeness", "accuracy", "consistency", "timeliness", "uniqueness", "validity", "traceability")


def section(view: View) -> Section:
    """Return the section."""
    if view.spec.genai:
        return Section("data", "6", "Data", (), (
            Section("data-sources", "6.1", "Graded answers and what lies behind", (_sources(view), _lineage())),
            Section("data-privacy", "6.2", "Permitted use, privacy and bias", (_privacy(),)),
        ))  # fmt: skip
    parts = (
        Section("data-sources", "6.1", "Sources and lineage", (_sources(view), _lineage())),
        Section("data-quality", "6.2", "Quality by dimension", tuple(_quality(view))),
        Section("data-exclusions", "6.3", "Exclusions", tuple(_exclusions(view))),
        Section("data-represent", "6.4", "Representativeness", tuple(_represent(view))),
        Section("data-privacy", "6.5", "Permitted use, privacy and bias", (_privacy(),)),
    )
    return Section("data", "6", "Data", (), parts)


def _sources(view: View) -> Table:
    head = ("Population", "Source", "Engine", "Rows", "Columns", "Event rate", "From", "To", "Fingerprint")
    rows = tuple(_source(facts) for facts in view.run.populations)
    note = "A fingerprint does not depend on the order of rows; whole digests are in the table of identities."
    widths = (0.12, 0.18, 0.08, 0.09, 0.08, 0.1, 0.11, 0.11, 0.13)
    return Table("t-sources", "What was read", head, "lllrrrlll", rows, widths, note=note)


def _source(facts: PopulationFacts) -> tuple[Cell, ...]:
    known = facts.rows - facts.label_missing
    rate = "" if facts.events is None or known <= 0 else words.percent(facts.events / known)
    span = (day(facts.time_first), day(facts.time_last))
    texts = (
        facts.name,
        facts.source,
        facts.engine,
        f"{facts.rows:,}",
        f"{len(facts.columns):,}",
        rate,
        *span,
        facts.fingerprint[:12],
    )
    return tuple(Cell(text) for text in texts)


def _lineage() -> Placeholder:
    return Placeholder(
        "Describe the lineage from the systems of record to these sources, and the transformations between.",
        "developer",
        "lineage",
    )


def _quality(view: View) -> Iterator[Block]:
    codes = view.codes("data")
    grouped = {name: [c for c in codes if view.planned[c].dimension == name] for name in (*DIMENSIONS, "")}
    yield _dimensions(view, grouped)
    missing = [name for name in DIMENSIONS if not any(view.answers(code) for code in grouped[name])]
    if missing:
        yield words.text(f"No check of this plan speaks to {words.listed(missing)}.")
    evidence = [e for code in codes for e in view.answers(code)]
    unsettled = tables.unsettled(
        view, of_kind(evidence, "failed", "errored", "inconclusive"), "t-data-open", "Data answers that did not pass"
    )
    if unsettled:
        yield unsettled
    elif evidence:
        yield words.text("No data check failed, errored or was left undecided.")
    whole = tables.measures(view, view.codes("data", over=tables.SIDE_BY_SIDE), "t-data", "Data checks by population")
    if whole:
        yield whole


def _dimensions(view: View, grouped: dict[str, list[str]]) -> Table:
    rows = tuple(
        _dimension(name or "other", [e for code in codes for e in view.answers(code)])
        for name, codes in grouped.items()
        if name or codes
    )
    head = ("Dimension", "Answers", "Passed", "Failed", "Inconclusive", "Not applicable", "Errored")
    return Table("t-dimensions", "Data quality by dimension", head, "lrrrrrr", rows, (0.22, *(0.13,) * 6))


def _dimension(name: str, evidence: list[Evidence]) -> tuple[Cell, ...]:
    if not evidence:
        return (Cell(name.capitalize()), Cell("not asked", tone="muted"), *(Cell(""),) * 5)
    counts = tally(evidence)
    order = ("passed", "failed", "inconclusive", "not_applicable", "errored")
    numbers = (Cell(f"{counts[kind]:,}", tone=words.TONE[kind] if counts[kind] else "muted") for kind in order)
    return (Cell(name.capitalize()), Cell(f"{len(evidence):,}"), *numbers)


def _exclusions(view: View) -> Iterator[Block]:
    steps = view.spec.waterfall
    if steps is None:
        yield words.text(
            "Not evidenced: model.yaml declares no waterfall from the source to the development population."
        )
        return
    picture = pictures.waterfall(view)
    if picture:
        yield picture
    left = steps.source_rows - sum(step.rows for step in steps.steps)
    found = view.facts.get(view.reference)
    rows = [(step.reason, f"{step.rows:,}", "" if step.events is None else f"{step.events:,}") for step in steps.steps]
    cells = tuple(
        tuple(Cell(text) for text in row)
        for row in (("Source", f"{steps.source_rows:,}", ""), *rows, ("Model set", f"{left:,}", ""))
    )
    note = "" if found is None else _adds_up(left, found.rows, found.name)
    yield Table(
        "t-waterfall",
        "Exclusions declared in model.yaml",
        ("Step", "Rows", "Events"),
        "lrr",
        cells,
        (0.6, 0.2, 0.2),
        note=note,
    )


def _adds_up(declared: int, read: int, population: str) -> str:
    if declared == read:
        return f"The steps leave as many rows as were read of {population}."
    return (
        f"The steps leave {declared:,} rows, but {read:,} were read of {population}: {abs(declared - read):,} are "
        f"not explained."
    )


def _represent(view: View) -> Iterator[Block]:
    if view.latest == view.reference:
        yield words.text("Not evidenced: there is one population, so nothing tells whether it represents another.")
        return
    found = shifts(view)
    if found:
        moved = [e for e in found if e.outcome.kind in {"failed", "inconclusive"}]
        yield words.text(
            f"{len(found)} features of {view.latest} were compared with {view.reference}. The one that moved most is "
            f"{found[0].subject.column}, ",
            words.figure(found[0]),
            f". Not within the limit with certainty: {words.listed([e.subject.column or '' for e in moved], 8)}.",
        )
    else:
        yield words.text(
            f"No index of change between {view.reference} and {view.latest} was asked for, or none could be computed."
        )
    yield Placeholder(
        "State whether definitions, lending standards and economic conditions of the development data hold for the "
        "population of use.",
        id="representativeness",
    )


def _privacy() -> Placeholder:
    return Placeholder(
        "State the permitted use of each source, personal data held, retention, and known bias in collection.",
        "owner",
        "privacy",
    )
