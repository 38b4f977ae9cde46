"""Parts of section 10: what hangs on the seed and the sample, single predictions, and rows not seen before."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Section, Table
from secondline.reports.pictures.coverage import WHOLE, coverage
from secondline.reports.pictures.refit import WAYS, flips
from secondline.reports.view import View, detail

UNSEEN = ("robustness.overfit", "robustness.unseen", "robustness.out_of_time")
CHURN = (*WAYS, "robustness.seed_rank", "robustness.bootstrap_rank")


def parts(view: View, first: int = 1) -> tuple[Section, ...]:
    """Return the parts, numbered from 10.*first* on."""
    named = (
        ("churn", "Decisions that hang on the seed or on the sample", tuple(_churn(view))),
        ("coverage", "The uncertainty of single predictions", tuple(_coverage(view))),
        ("unseen", "Rows the model has not seen", tuple(_unseen(view))),
    )
    return tuple(Section(id_, f"10.{i}", title, blocks) for i, (id_, title, blocks) in enumerate(named, first))


def _churn(view: View) -> Iterator[Block]:
    missing = f"Not evidenced: the model was not built again.{''.join(words.why_not(view, CHURN)[:1])}"
    yield from tables.answered(view, CHURN, "churn", "The model built again from other seeds and other rows", missing)
    rows = tuple(_refits(code, e) for code in WAYS for e in view.answers(code) if e.outcome.estimate)
    if rows:
        head = ("Built again from", "Population", "Refits", "Flips against the champion", "Between two refits", "AUC")
        note = (
            "Flips are shares of all decisions. Between two refits: over all pairs, with a jackknife that leaves one "
            "refit out. AUC: lowest to highest of the refits, the champion's in brackets."
        )
        caption = "How far models built again agree"
        yield Table("t-refits", caption, head, "llrlll", rows, (0.16, 0.17, 0.08, 0.2, 0.2, 0.19), note=note)
    if (chart := flips(view)) is not None:
        yield chart


def _refits(code: str, evidence: Evidence) -> tuple[Cell, ...]:
    found = detail(evidence)
    pair, auc = found["pairwise"], found.get("auc")
    span = "" if pair["low"] is None else f" [{words.percent(pair['low'])}, {words.percent(pair['high'])}]"
    told = "" if auc is None else f"{number(auc['lowest'])} to {number(auc['highest'])} ({number(auc['champion'])})"
    return (
        Cell(WAYS[code]),
        Cell(evidence.subject.population),
        Cell(f"{found['refits']:,}"),
        Cell(words.measured(evidence), evidence.id),
        Cell(f"{words.percent(pair['value'])}{span}"),
        Cell(told),
    )


def _coverage(view: View) -> Iterator[Block]:
    answers = [e for e in view.answers(WHOLE) if e.outcome.estimate]
    if not answers:
        reasons = "".join(words.why_not(view, (WHOLE,)))
        yield words.text(f"Not evidenced: no prediction sets were calibrated.{reasons}")
        return
    promised = f"{detail(answers[0])['nominal']:g}"
    yield words.text(
        f"Sets of outcomes, calibrated on {view.reference}, promise to hold {promised} of events and {promised} of "
        "non-events. A set that holds both outcomes says that the score does not tell them apart."
    )
    rows = tuple(row for evidence in answers for row in _classes(evidence))
    head = ("Population", "Outcome", "Rows", "Held", "Interval", "p", "Promised, 95 % of calibrations")
    note = (
        "Intervals are exact and hold for both outcomes at once. p: the chance of so low a coverage, were the rows "
        "like those of the calibration; not adjusted."
    )
    yield Table("t-coverage", "Coverage of prediction sets", head, "llrrlrl", rows, note=note)
    yield _sets(answers)
    if (chart := coverage(view)) is not None:
        yield chart


def _classes(evidence: Evidence) -> Iterator[tuple[Cell, ...]]:
    for part in detail(evidence)["classes"]:
        yield (
            Cell(evidence.subject.population, evidence.id),
            Cell(part["class"]),
            Cell(f"{part['rows']:,}"),
            Cell(number(part["coverage"])),
            Cell(f"[{number(part['low'])}, {number(part['high'])}]"),
            Cell(number(part["p"])),
            Cell(f"{number(part['promised low'])} to {number(part['promised high'])}"),
        )


def _sets(answers: list[Evidence]) -> Table:
    rows = tuple(
        (
            Cell(e.subject.population, e.id),
            *(Cell(words.percent(detail(e)["sets"][name])) for name in ("one", "both", "none")),
            Cell(number(detail(e)["sets"]["mean size"])),
            words.outcome_cell(e),
        )
        for e in answers
    )
    head = ("Population", "One outcome", "Both", "None", "Mean size", "Outcome")
    return Table("t-sets", "What the sets say", head, "lrrrrl", rows, (0.26, 0.16, 0.14, 0.14, 0.14, 0.16))


def _unseen(view: View) -> Iterator[Block]:
    missing = "Not evidenced: there is no second population with outcomes to hold development against."
    yield from tables.answered(view, UNSEEN, "unseen", "What development overstates", missing)
    known = next((e for e in view.answers("robustness.unseen") if e.outcome.estimate), None)
    if known:
        roles = detail(known)
        yield words.text(
            f"Out-of-sample rows: {roles['out-of-sample']}. Out-of-time rows: {roles['out-of-time']}. Kinds missing: ",
            *words.judged(known), ".",
        )  # fmt: skip
    for evidence in view.answers("robustness.overfit", view.latest):
        found = detail(evidence)
        if found:
            was, now = (number(loss) for loss in found["log-loss"])
            yield words.text(
                f"The log-loss is {was} on {view.reference} and {now} on {view.latest}. A fitted model of "
                f"{found['parameters']} parameters would be expected to lose {number(found['expected optimism'])} by "
                "itself."
            )
