"""Tables of answers, laid out the way each kind of question is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from secondline.core.evidence import Evidence
from secondline.reports import words
from secondline.reports.blocks import Block, Cell, Table
from secondline.reports.view import View, band_names

SIDE_BY_SIDE = ("population", "key", "comparison")
LONG = 14  # rows from which a table starts folded on screen


def measures(view: View, codes: Sequence[str], id_: str, caption: str) -> Table | None:
    """Return one row a check with the populations side by side: for questions about whole populations."""
    shown = [code for code in codes if view.answers(code)]
    if not shown:
        return None
    head = ("Check", *view.populations, "Limit", "Outcome")
    rows = tuple(_side_by_side(view, code) for code in shown)
    widths = (0.36, *(0.4 / len(view.populations),) * len(view.populations), 0.14, 0.1)
    return Table(id_, caption, head, "l" + "r" * len(view.populations) + "ll", rows, widths)


def _side_by_side(view: View, code: str) -> tuple[Cell, ...]:
    answers = {p: next(iter(view.answers(code, p)), None) for p in view.populations}
    present = [e for e in answers.values() if e]
    judged = answers[view.latest] or present[0]
    numbers = (measured(e) if e else Cell("") for e in answers.values())
    limit = words.limit(judged.limit, judged.unit) or "none set"
    return (Cell(view.title(code)), *numbers, Cell(limit, tone="" if judged.limit else "muted"), _worst(present))


def _worst(answers: Iterable[Evidence]) -> Cell:
    """Return the worst outcome; of two that judge nothing the one with a number, which is reported."""
    order = ("failed", "errored", "inconclusive", "passed", "not_applicable")
    return words.outcome_cell(min(answers, key=lambda e: (order.index(e.outcome.kind), e.outcome.estimate is None)))


def levels(view: View, code: str, id_: str, caption: str = "") -> Table | None:
    """Return one row an answer: for questions asked of every segment, band, month, feature, column or rule."""
    answers = view.answers(code)
    if not answers:
        return None
    first = answers[0]
    head = ("About", "Value", "Interval", "Rows", "Events", "p, adjusted", "Outcome")
    rows = tuple(_level(about, evidence) for about, evidence in _named(view, code, answers))
    note = (
        f"Limit: {words.limit(first.limit, first.unit)}. {words.sentence(words.authority(first.limit))}"
        if first.limit
        else "No limit is set."
    )
    title = caption or f"{view.title(code)} ({code})"
    return Table(
        id_, title, head, "lrlrrrl", rows, (0.34, 0.1, 0.17, 0.1, 0.09, 0.08, 0.12), folded=len(rows) > LONG, note=note
    )


def _named(view: View, code: str, answers: Sequence[Evidence]) -> list[tuple[str, Evidence]]:
    """Return answers with what they are about; score bands in order of risk, under the names the charts use."""
    if view.over(code) != "band":
        return [(e.subject.text, e) for e in answers]
    names = {population: band_names(view, population) for population in view.populations}
    ordered = []
    for evidence in answers:
        population, level = evidence.subject.population, evidence.subject.level or ""
        known = names.get(population, {})
        name = "" if known.get(level, level) == level else f" {known[level]}"
        place = list(known).index(level) if level in known else len(known)
        about = evidence.subject.text.replace(", band =", f", band{name} =", 1)
        ordered.append((view.populations.index(population), place, about, evidence))
    return [(about, evidence) for _, _, about, evidence in sorted(ordered, key=lambda row: row[:3])]


def _level(about: str, evidence: Evidence) -> tuple[Cell, ...]:
    estimate = evidence.outcome.estimate
    events = "" if estimate is None or estimate.events is None else f"{estimate.events:,.0f}"
    number, interval, p, outcome = words.cells(evidence)
    sample = Cell("" if estimate is None else f"{estimate.n:,.0f}")
    return (Cell(about), number, interval, sample, Cell(events), p, outcome)


def answered(view: View, codes: Sequence[str], name: str, caption: str, otherwise: str) -> Iterator[Block]:
    """Yield the tables of the codes that measured something, else the sentence that says what is missing."""
    told = [code for code in codes if any(e.outcome.estimate for e in view.answers(code))]
    whole = measures(view, [c for c in told if view.over(c) in SIDE_BY_SIDE], f"t-{name}", caption)
    if whole:
        yield whole
    for code in told:
        if view.over(code) not in SIDE_BY_SIDE and (table := levels(view, code, f"t-{code}")):
            yield table
    if not told:
        yield words.text(otherwise)


def everything(view: View) -> Table:
    """Return every answer of the run."""
    head = ("Evidence", "Check", "About", "Measured", "p, adjusted", "Limit", "Outcome", "Why")
    rows = tuple(_answer(evidence) for evidence in view.run.evidence)
    widths = (0.06, 0.19, 0.18, 0.15, 0.07, 0.1, 0.1, 0.15)
    return Table("t-answers", "Every answer of this run", head, "lllrrlll", rows, widths)


def _answer(evidence: Evidence) -> tuple[Cell, ...]:
    _, _, p, outcome = words.cells(evidence)
    because = evidence.outcome.because if evidence.outcome.kind != "passed" else ""
    return (
        Cell(evidence.id, evidence.id),
        Cell(evidence.code),
        Cell(evidence.subject.text),
        measured(evidence),
        p,
        Cell(words.limit(evidence.limit, evidence.unit)),
        outcome,
        Cell(because),
    )


def measured(evidence: Evidence) -> Cell:
    """Return value and interval as a cell that leads to the evidence; "none" where there is no number."""
    return Cell(words.measured(evidence) or "none", evidence.id, "" if evidence.outcome.estimate else "muted")


def unsettled(view: View, evidence: Iterable[Evidence], id_: str, caption: str) -> Table | None:
    """Return the answers that need a reader: what was asked, what was found and why it did not pass."""
    rows = tuple(
        (
            words.outcome_cell(e),
            Cell(view.title(e.code)),
            Cell(e.subject.text),
            measured(e),
            Cell(words.sentence(e.outcome.because)),
        )
        for e in evidence
    )
    head = ("Outcome", "Check", "About", "Measured", "Why")
    return Table(id_, caption, head, "lllrl", rows, (0.11, 0.26, 0.2, 0.17, 0.26)) if rows else None
