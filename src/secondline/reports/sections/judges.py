"""Judges: whether each may grade, and what its verdicts say once people have corrected them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import interval, number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Figure, Table
from secondline.reports.view import View, detail, estimate_of
from secondline.reports.witness import Done

UNPLANNED = (
    " of no plan on the ledger. Nothing shows that answers were chosen by known chances before anybody labelled them, "
    "or that the labels are all there."
)

ALONE = "where people labelled answers their labels count alone, and elsewhere there is no number"
STANDING = {
    "eligible": "may grade", "carded": "not decided on", "refused": "refused", "withdrawn": "withdrawn",
    "expired": "expired", "none": "no card",
}  # fmt: skip


def blocks(view: View) -> Iterator[Block | None]:
    """Yield the blocks of the section."""
    if not (view.spec.genai and view.spec.genai.judges):
        yield words.text("No judge grades anything here: every criterion is graded by code or by people.")
        return
    yield _declared(view)
    yield from _on_record(view)
    yield _cards(view)
    yield _unfit(view)
    yield _agreement(view)
    yield _corrected(view)
    yield _plans(view)
    yield _unplanned(view)
    yield _anchors(view)


def _declared(view: View) -> Table:
    judges = view.spec.genai.judges if view.spec.genai else {}
    rows = tuple(
        (Cell(name), Cell(judge.rubric), Cell(judge.family or "not stated", tone="" if judge.family else "unsure"),
         Cell(judge.target.model or judge.target.function or judge.target.kind),
         Cell(words.count(judge.days, "day")), Cell("yes" if judge.anchors else "no"))
        for name, judge in sorted(judges.items())
    )  # fmt: skip
    head = ("Judge", "Rubric", "Family of its model", "Asked by", "Its card holds", "Anchors")
    return Table("t-genai-judges", "The judges", head, "llllll", rows, (0.14, 0.24, 0.2, 0.2, 0.12, 0.1))


def _on_record(view: View) -> Iterator[Block | None]:
    """Yield which act lets each judge grade, and which judge none does."""
    held = view.run.cards
    if not held:
        yield words.text(
            "No card of a judge was on record: the system is not in the inventory of the ledger that holds this run, "
            "so that nobody independent has decided on its judges. The figures below speak for them alone."
        )
        return
    rows = tuple(
        (Cell(one.judge), Cell(one.criterion), Cell(one.card or "none", tone="" if one.card else "muted"),
         Cell(STANDING[one.state], tone="good" if one.holds else "bad"), Cell(one.by), Cell(one.on), Cell(one.expires))
        for one in held
    )  # fmt: skip
    head = ("Judge", "Criterion", "Card", "Stands", "By", "On", "Until")
    note = "By and on: who did the last act on the card, and when. It is the state on the day of the run."
    yield Table("t-genai-acts", "Cards on record", head, "lllllll", rows, (0.18, 0.18, 0.08, 0.2, 0.14, 0.11, 0.11),
                note=note)  # fmt: skip
    back = [one for one in held if not one.holds]
    if back:
        yield words.bullets([
            (f"{one.judge} on {one.criterion} decides nothing here, since {one.because}: {ALONE}.",) for one in back
        ])  # fmt: skip


def _span(share: dict[str, Any] | None) -> str:
    if not share:
        return "none"
    return f"{number(share['value'])} {interval(share['low'], share['high'])}"


def _cards(view: View) -> Table | None:
    """Return one row a judged criterion: sensitivity, specificity, J, and whether the judge may grade."""
    found = [e for e in view.answers("genai.judge_validity") if e.outcome.estimate]
    rows = tuple(
        (Cell(e.subject.text), Cell(f"{estimate_of(e).n:,.0f}"),
         Cell(_span(detail(e).get("sensitivity"))), Cell(_span(detail(e).get("specificity"))), tables.measured(e),
         _eligible(e))
        for e in found
    )  # fmt: skip
    if not rows:
        return None
    head = ("Suite and criterion", "Labels", "Sensitivity", "Specificity", "J", "May it grade")
    note = (
        "Sensitivity: of what people pass, the share the judge passes. Specificity: of what they fail, the share it "
        "fails. J is their sum less 1. A judge may grade with J of at least 0.4, errors alike in all slices, and under "
        "2 % unscored; else it sorts, and labels alone count."
    )
    widths = (0.2, 0.08, 0.21, 0.21, 0.21, 0.09)
    return Table("t-genai-cards", "Judge cards", head, "lrrrrl", rows, widths, note=note)


def _eligible(e: Evidence) -> Cell:
    told = detail(e)
    if told.get("eligible"):
        return Cell("yes", e.id, "good")
    return Cell("no", e.id, "bad")


def _unfit(view: View) -> Block | None:
    """Say why a judge may not grade, where it may not."""
    found = [e for e in view.answers("genai.judge_validity") if e.outcome.estimate and not detail(e).get("eligible")]
    if not found:
        return None
    return words.bullets(
        [(f"{e.subject.text}: may not grade, since {detail(e).get('because', '')} (J ", words.figure(e), ").")
         for e in found]
    )  # fmt: skip


def _agreement(view: View) -> Table | None:
    rows = []
    for e in view.answers("genai.judge_agreement"):
        if not e.outcome.estimate:
            continue
        told = detail(e)
        mine, people = told.get("judge and people", {}), told.get("two people") or {}
        bias = view.answers("genai.judge_bias", e.subject.population)
        length = next((b for b in bias if b.subject.column == e.subject.column and b.outcome.estimate), None)
        rows.append((
            Cell(e.subject.text), tables.measured(e),
            Cell(_rate(mine.get("raw agreement"))), Cell(_number(people.get("Gwet AC1"))),
            Cell(f"{told.get('labelled twice', 0):,}"),
            tables.measured(length) if length else Cell(""),
        ))  # fmt: skip
    head = ("Suite and criterion", "Judge and people", "Raw", "Two people", "Twice", "Length")
    note = (
        "Agreement is Gwet's AC1, and raw as a share. Two people, on the answers labelled twice, are the ceiling: a "
        "judge cannot agree with people more than they do with each other. "
        "Length: how its verdicts go with the length of answers that people find alike."
    )
    return Table("t-genai-agreement", "Agreement, and bias by length", head, "lrrrrr", tuple(rows),
                 (0.24, 0.24, 0.09, 0.12, 0.08, 0.23), note=note) if rows else None  # fmt: skip


def _rate(share: float | None) -> str:
    return "" if share is None else words.percent(share)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _corrected(view: View) -> Table | None:
    """Return what judged criteria say: the judge alone, people alone, and the judge corrected by people."""
    found = [e for code in view.codes("genai") for e in view.answers(code) if "naive" in detail(e)]
    found = [e for e in found if "rates in this detail" not in detail(e)]
    rows = tuple(_three(e) for e in found)
    head = ("Suite and criterion", "Judge alone, naive", "People alone", "Corrected", "Labels", "Worth, in labels")
    note = (
        "The naive rate is biased wherever the judge errs, and is no estimate. The corrected one rests on the judge's "
        "verdicts on all answers and people's on some. Worth: by what factor the judge saves labels; below 1 it adds "
        "nothing."
    )
    return Table("t-genai-corrected", "Judged criteria: naive, people alone, corrected", head, "lrrrrr", rows,
                 (0.22, 0.21, 0.21, 0.21, 0.07, 0.08), note=note) if rows else None  # fmt: skip


def _three(e: Evidence) -> tuple[Cell, ...]:
    told = detail(e)
    naive, people = told["naive"], told.get("people alone")
    saved = told.get("label-saving factor")
    return (
        Cell(e.subject.text),
        Cell(_span(naive) if naive.get("low") is not None else number(naive["value"]), tone="muted"),
        Cell(_span(people)), tables.measured(e), Cell(f"{told.get('labels', 0):,}"),
        Cell("" if saved is None else f"{saved:.2g}"),
    )  # fmt: skip


def _plans(view: View) -> Table | None:
    """Return the plans of labels behind these numbers, with the acts of the ledger that made and settled each."""
    rows = tuple(
        (Cell(one.id), Cell(f"{one.criterion}, {one.suite or 'every suite'}"), Cell(one.design),
         Cell(f"{one.chosen:,} of {one.frame:,}"), Cell(f"{one.labelled:,}"), Cell(f"{one.twice:,}"),
         Cell(f"{one.disputes:,}"), Cell(_done(one.planned)), Cell(_done(one.settled)))
        for one in view.witness.labels
    )  # fmt: skip
    head = ("Plan", "Labels of", "Drawn", "Answers", "Labelled", "Twice", "Disputed", "Planned", "Settled")
    note = (
        "Each plan was on the ledger, with the chance of every answer, before anybody labelled; a third person settled "
        "what two disagreed on. Numbers are those of events in the chain: `secondline verify` holds them against it."
    )
    return Table("t-genai-label-plans", "Plans of labels, and the acts that made them", head, "lllrrrrll", rows,
                 (0.07, 0.17, 0.13, 0.1, 0.08, 0.06, 0.08, 0.16, 0.15), note=note) if rows else None  # fmt: skip


def _done(act: Done | None) -> str:
    return f"{act.by}, {act.on}, event {act.event}" if act else "not yet"


def _unplanned(view: View) -> Block | None:
    """Say which judged criteria rest on labels that no plan on the ledger chose."""
    found: dict[tuple[str, str], Evidence] = {}
    for e in (e for code in view.codes("genai") for e in view.answers(code)):
        if detail(e).get("labels of no plan", 0) != 0:
            found.setdefault((e.subject.population, e.subject.column or ""), e)
    if not found:
        return None
    return words.bullets(
        (f"{e.subject.text}: ", Figure(_loose(detail(e)["labels of no plan"]), e.id), UNPLANNED) for e in found.values()
    )


def _loose(count: int | None) -> str:
    return "the labels are" if count is None else f"{words.count(count, 'label')} {'is' if count == 1 else 'are'}"


def _anchors(view: View) -> Table | None:
    rows = []
    for e in view.answers("genai.judge_drift"):
        if not e.outcome.estimate:
            continue
        told = detail(e)
        right = told.get("agreement with people") or {}
        moved = told.get("only now", 0) + told.get("only then", 0)
        rows.append((
            Cell(e.subject.population.removeprefix("anchors-")), Cell(f"{estimate_of(e).n:,.0f}"),
            Cell(f"{moved:,.0f}"), tables.measured(e), Cell(_rate(right.get("then"))),
            Cell(_rate(right.get("now"))), words.outcome_cell(e),
        ))  # fmt: skip
    head = ("Judge", "Anchors", "Changed", "Pass rate, now less then", "Right then", "Right now", "Outcome")
    note = "Anchors are answers with a label that the judge grades again in every run: what moves is the judge."
    return Table("t-genai-anchors", "Anchors graded again", head, "lrrrrrl", tuple(rows),
                 (0.16, 0.1, 0.1, 0.26, 0.12, 0.12, 0.14), note=note) if rows else None  # fmt: skip
