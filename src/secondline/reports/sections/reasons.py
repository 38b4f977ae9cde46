"""Reasons of a decision, in section 11: are they given, true and allowed; is there a way out; can it be gamed?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import tables, words
from secondline.reports.blocks import Block, Cell, Section, Table
from secondline.reports.pictures import reasons as pictures
from secondline.reports.view import View, detail, estimate_of

BATTERY = tuple(
    f"explanation.reason_{name}"
    for name in ("coverage", "texts", "determinism", "agreement", "effect", "direction", "stability", "missing",
                 "proxies", "actionability", "mix", "suffices")
)  # fmt: skip
WAYS = ("explanation.recourse",)
GAMED = ("robustness.evasion", "robustness.bunching")
MISSING = (
    "Not evidenced: no reason of a decision was tried. Needed: the artefact, a `decision` rule and a second population."
)


def section(view: View, number_: str = "11.1") -> Section:
    """Return the part on reasons of decisions, recourse and evasion."""
    blocks = (*_reasons(view), *_recourse(view), *_evasion(view))
    return Section("reasons", number_, "Reasons of a decision", blocks)


def _reasons(view: View) -> Iterator[Block]:
    yield from tables.answered(view, BATTERY, "reasons", "Are the reasons given, true and allowed?", MISSING)
    found = view.first("explanation.reason_mix", view.latest)
    if found is None:
        return
    yield words.text(*_how(found))
    if chart := pictures.mix(view):
        yield chart
    if table := _examples(view, found):
        yield table


def _how(found: Evidence) -> Iterator[Any]:
    told = detail(found)
    yield (
        f"Contributions are found so: {told['reference']}. Of {told['decided']:,} rows decided, {told['declined']:,} "
        f"were declined and {estimate_of(found).n:,.0f} explained, with at most {words.count(told['most'], 'reason')} "
        "each."
    )


def _examples(view: View, found: Evidence) -> Table | None:
    """Return three decisions in words: what each reason put on the scale, and no value of a person."""
    names = ("Close to the cut-off", "In the middle", "Furthest from it")
    rows = [
        (Cell(f"{name}, {number(example['beyond'])} beyond it" if i == 0 else "", found.id), Cell(str(i + 1)),
         Cell(reason["says"]), Cell(reason["code"]), Cell(f"+{number(reason['weight'])}"))
        for name, example in zip(names, detail(found).get("examples", ()), strict=False)
        for i, reason in enumerate(example["reasons"])
    ]  # fmt: skip
    if not rows:
        return None
    scale = "log-odds" if view.spec.score.kind == "probability" else "points"
    note = f"Contributions are in {scale} of risk against the reference. No value of an applicant is kept."
    head = ("Decision", "", "Reason", "Code", "Contribution")
    caption = f"Three declined applications and their reasons, {view.latest}"
    return Table("t-reason-examples", caption, head, "lrllr", tuple(rows), (0.27, 0.04, 0.42, 0.14, 0.13), note=note)


def _recourse(view: View) -> Iterator[Block]:
    found = view.first(WAYS[0], view.latest)
    if found is None:
        return
    told = detail(found)
    yield from tables.answered(view, WAYS, "recourse", "Is there a way to approval?", "")
    yield words.text(
        f"A change was sought for {estimate_of(found).n:,.0f} declined rows over "
        f"{words.count(len(told['in reach']), 'feature')} in reach, and {told['rows scored']:,} variants were scored. "
        f"{_price(told)}{' '.join(words.sentence(w) for w in estimate_of(found).warnings)}"
    )
    if chart := pictures.recourse(view):
        yield chart
    rows = tuple(
        (Cell(name, found.id), Cell(words.percent(used["share"])), Cell(words.percent(used["raised"])),
         Cell(f"{used['steps']:g}"))
        for name, used in told.get("features", {}).items()
    )  # fmt: skip
    if rows:
        head = ("Feature", "Changed in", "Raised in", "Steps, median")
        caption = f"What the cheapest change changes, {view.latest}"
        yield Table("t-recourse-features", caption, head, "lrrr", rows, (0.4, 0.2, 0.2, 0.2))


def _price(told: dict[str, Any]) -> str:
    if told.get("median cost") is None:
        return ""
    return (
        f"The cheapest change costs {told['median cost']:g} quantile steps in the middle and "
        f"{told['ninth decile of cost']:g} at the ninth decile; a step is a twentieth of the reference. "
    )


def _evasion(view: View) -> Iterator[Block]:
    found = view.first(GAMED[0], view.latest)
    if found is None:
        return
    told = detail(found)
    yield from tables.answered(view, GAMED, "evasion", "Can the decision be gamed?", "")
    used, cliffs = (list(told[key].items()) for key in ("features", "cliffs"))
    most = f"Most rows turn through {words.listed([name for name, _ in used[:3]])}. " if used else ""
    steep = (
        f"The steepest step is that of {cliffs[0][0]}: {number(cliffs[0][1])} for the least budget. " if cliffs else ""
    )
    yield words.text(
        f"{told['rows scored']:,} variants of {estimate_of(found).n:,.0f} declined rows were scored, moving "
        f"{words.count(len(told['controlled']), 'feature')}. {most}{steep}"
        f"{' '.join(words.sentence(w) for w in estimate_of(found).warnings)}"
    )
    if chart := pictures.evasion(view):
        yield chart
