"""The part of section 9 that holds the champion against other models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Placeholder, Strong, Table
from secondline.reports.pictures import challengers as pictures
from secondline.reports.view import View, detail, estimate_of

SHOWN_ELSEWHERE = ("challenge.auc", "challenge.noninferiority", "challenge.swap_sets")
MONEY = "challenge.value"


def blocks(view: View) -> Iterator[Block | None]:
    """Yield what section 9.6 says."""
    yield from _recorded(view)
    yield from _fitted(view)
    yield Placeholder("Say which benchmarks exist, and why the champion is preferred to them.", id="challenger")


def _recorded(view: View) -> Iterator[Block | None]:
    """Yield the comparison with a challenger whose scores came with the data."""
    codes = [c for c in view.codes("discrimination", "calibration") if "challenger" in c]
    answers = [e for code in codes for e in view.answers(code)]
    if any(e.outcome.estimate for e in answers):
        yield tables.measures(view, codes, "t-challenger", "Champion against the recorded challenger, on the same rows")
    elif not view.spec.challengers:
        yield words.text("Not evidenced: no challenger was compared on the same rows.", *words.why_not(view, codes))


def _fitted(view: View) -> Iterator[Block | None]:
    """Yield the comparison with the challengers that this run fitted."""
    asked = view.spec.challengers
    if not asked:
        return
    yield words.text(
        f"model.yaml asks for {words.count(len(asked), 'challenger')}. They are fitted on {view.reference} and "
        "compared on populations that none of them has seen; on the reference nothing is compared. They are not tuned: "
        "what they reach is a floor of what could be reached."
    )
    yield from _broken(view)
    yield _models(view)
    yield _verdicts(view)
    yield pictures.leads(view)
    yield from pictures.overlaid(view)
    yield pictures.complexity(view)
    yield pictures.swaps(view)
    yield _swapped(view)
    yield pictures.shapes(view)
    for code in view.codes("challenge"):
        if code not in SHOWN_ELSEWHERE and pictures.measured(view, code):
            yield tables.levels(view, code, f"t-{code}", _money(view) if code == MONEY else "")


def _broken(view: View) -> Iterator[Block]:
    """Yield why a challenger could not be fitted, or nothing could be compared."""
    reasons = dict.fromkeys(
        e.outcome.because for code in view.codes("challenge") for e in view.answers(code)
        if e.outcome.kind == "errored" or (code == "challenge.auc" and e.outcome.estimate is None)
    )  # fmt: skip
    if reasons:
        yield words.bullets([(f"Not evidenced: {words.sentence(reason)}",) for reason in reasons])


def _models(view: View) -> Block | None:
    """Return the models side by side."""
    found = pictures.measured(view, "challenge.auc")
    if not found:
        return None
    own = detail(found[0])
    size = detail(next(iter(pictures.measured(view, "challenge.complexity_gain")), None)).get("champion") or {}
    brier = {e.subject.column: e for e in pictures.measured(view, "challenge.brier")}
    verdicts = {e.subject.column: e for e in pictures.measured(view, "challenge.noninferiority")}
    losses = detail(next(iter(brier.values()), None))
    rows: list[tuple[Cell, ...]] = [
        (
            Cell("champion"), Cell(size.get("size") or "not opened"), Cell(""), _area(own, "champion"), Cell(""),
            Cell(_number(losses.get("champion"))), Cell(""),
        )
    ]  # fmt: skip
    rows += [_model(e, brier.get(e.subject.column), verdicts.get(e.subject.column)) for e in found]
    head = ("Model", "Size", "Rows fitted", "AUC", "Champion's lead", "Brier", "Held to the margin")
    caption = f"Champion and challengers on the same rows of {view.latest}"
    level = 100 * estimate_of(found[0]).level
    note = (
        f"Intervals are at {level:.4g} %, so that together they hold at {100 * view.plan.confidence:g} %. The last "
        "column asks from one side whether the challenger ranks as well, to within the margin set beforehand."
    )
    widths = (0.13, 0.2, 0.09, 0.17, 0.19, 0.08, 0.14)
    return Table("t-challengers", caption, head, "llrrrrl", tuple(rows), widths, note=note)


def _verdicts(view: View) -> Block | None:
    """Return whether each challenger ranks as well as the champion, in words."""
    found = pictures.measured(view, "challenge.noninferiority")
    said = [(e.subject.column or "", detail(e).get("verdict", "")) for e in found]
    return words.bullets([(Strong(f"{name}: "), f"{verdict}.") for name, verdict in said]) if said else None


def _model(evidence: Evidence, brier: Evidence | None, verdict: Evidence | None) -> tuple[Cell, ...]:
    held = detail(evidence)
    return (
        Cell(evidence.subject.column or ""),
        Cell(held["model"]["size"]),
        Cell(f"{held['model']['rows']:,}"),
        _area(held, "challenger", evidence.id),
        Cell(words.measured(evidence), evidence.id),
        Cell(_number(detail(brier).get("challenger")), brier.id if brier else None),
        Cell(str(detail(verdict).get("decided", "")), verdict.id if verdict else None),
    )


def _area(held: dict[str, Any], who: str, evidence: str | None = None) -> Cell:
    low, high = held.get(f"{who} interval") or (None, None)
    span = f" [{_number(low)}, {_number(high)}]" if low is not None else ""
    return Cell(f"{_number(held[who])}{span}", evidence)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _money(view: View) -> str:
    """Return the caption of the table of money, which says at which prices."""
    terms = detail(pictures.measured(view, MONEY)[0])
    return (
        f"What the champion's approvals earn beyond the challenger's, in the unit of the exposure, at a loss given "
        f"default of {terms['loss-given-default']:g} and a margin of {terms['margin']:g} ({MONEY})"
    )


def _swapped(view: View) -> Block | None:
    """Return the swap sets in numbers."""
    found = [e for e in pictures.measured(view, "challenge.swap_sets") if detail(e).get("sets")]
    if not found:
        return None
    rows = tuple(_swap(e) for e in found)
    head = ("Challenger", "Champion only", "Event rate", "Challenger only", "Event rate", "Difference")
    note = "Outcomes of those once declined are seldom known: the rates speak of the rows that have one."
    caption = f"Who is approved by one model only, and what became of them, {view.latest}"
    widths = (0.2, 0.14, 0.12, 0.16, 0.12, 0.26)
    return Table("t-swaps", caption, head, "lrrrrr", rows, widths, note=note)


def _swap(evidence: Evidence) -> tuple[Cell, ...]:
    sets = detail(evidence)["sets"]
    parts = [
        Cell(text)
        for who in ("champion only", "challenger only")
        for text in (f"{sets[who]['rows']:,}", words.percent(sets[who]["rate"]))
    ]
    return (Cell(evidence.subject.column or ""), *parts, Cell(words.measured(evidence), evidence.id))
