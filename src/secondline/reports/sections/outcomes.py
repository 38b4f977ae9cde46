"""Section 9, outcomes analysis: does the score rank, is it calibrated, does it hold still, everywhere and over time?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from secondline.reports import pictures, tables, words
from secondline.reports.blocks import Block, Section
from secondline.reports.headline import shifts
from secondline.reports.sections import challengers, fraud, genai
from secondline.reports.view import View, of_kind

Part = Callable[[View], Iterator[Block | None]]


def section(view: View) -> Section:
    """Return the section."""
    if view.spec.genai:
        return genai.section(view)
    parts: tuple[tuple[str, str, Part], ...] = (
        ("discrimination", "Discrimination", _discrimination),
        ("calibration", "Calibration", _calibration),
        ("stability", "Stability", _stability),
        ("segments", "Segments", _segments),
        ("time", "Time", _time),
        ("challenger", "Benchmark and challenger", challengers.blocks),
    )
    if view.spec.fraud:
        parts += (("fraud", "Fraud at the operating point", fraud.blocks),)
    sections = tuple(
        Section(f"outcomes-{id_}", f"9.{i}", title, tuple(block for block in part(view) if block))
        for i, (id_, title, part) in enumerate(parts, 1)
    )
    return Section("outcomes", "9", "Outcomes analysis", (), sections)


def _discrimination(view: View) -> Iterator[Block | None]:
    codes = [c for c in view.codes("discrimination", over=tables.SIDE_BY_SIDE) if "challenger" not in c]
    yield _said(view, codes, "ranking power of whole populations")
    yield from pictures.curves(view)
    yield tables.measures(view, codes, "t-discrimination", "Discrimination")
    yield pictures.rates(view)
    yield from _detailed(view, "discrimination", ("band", "feature"))


def _calibration(view: View) -> Iterator[Block | None]:
    codes = view.codes("calibration", over=tables.SIDE_BY_SIDE)
    yield _said(view, codes, "calibration of whole populations")
    yield from pictures.reliability(view)
    yield tables.measures(view, codes, "t-calibration", "Calibration")
    yield from _detailed(view, "calibration", ("band", "feature"))
    yield words.text(
        "Tests of bands take events as independent. Where they move together, as in a recession, such a test rejects "
        "too often.",
        style="note",
    )


def _stability(view: View) -> Iterator[Block | None]:
    codes = view.codes("stability", over=tables.SIDE_BY_SIDE)
    yield _said(view, view.codes("stability"), "stability")
    score = view.with_detail("bins", view.latest, "stability", over=("comparison", "population"), best="score")
    yield pictures.shift(score, "c-score-shift")
    yield tables.measures(view, codes, "t-stability", "Stability")
    yield pictures.ranking(view)
    moved = shifts(view)
    yield pictures.shift(moved[0], "c-largest-shift") if moved else None
    yield from _detailed(view, "stability", ("shift", "band", "feature"))


def _segments(view: View) -> Iterator[Block | None]:
    yield from _cut(view, ("segment", "segment_column"), "segments", pictures.forest(view))


def _time(view: View) -> Iterator[Block | None]:
    yield from _cut(view, ("period",), "months", *pictures.series(view))


def _cut(view: View, over: Sequence[str], what: str, *charts: Block | None) -> Iterator[Block | None]:
    codes = view.codes("discrimination", "calibration", "stability", over=over)
    answered = [code for code in codes if any(e.subject.level or e.outcome.estimate for e in view.answers(code))]
    if not answered:
        yield words.text(f"Not evidenced: no answer of this run is cut by {what}.", *words.why_not(view, codes))
        return
    yield _said(view, answered, f"results by {what}")
    yield from charts
    for code in answered:
        yield tables.levels(view, code, f"t-{code}")


def _detailed(view: View, family: str, over: Sequence[str]) -> Iterator[Block | None]:
    for code in view.codes(family, over=over):
        if any(e.outcome.estimate for e in view.answers(code)):
            yield tables.levels(view, code, f"t-{code}")


def _said(view: View, codes: Sequence[str], what: str) -> Block:
    """Say how many answers there are, how they fell, and which did not pass."""
    evidence = [e for code in codes for e in view.answers(code)]
    if not evidence:
        return words.text(f"Not evidenced: the plan asks nothing of the {what}.")
    parts = words.listed(words.fallen(evidence))
    open_ = list(of_kind(evidence, "failed", "errored"))
    named = words.listed([f"{e.code} ({e.subject.text})" for e in open_], 4)
    failed = f" Failed or errored: {named}." if open_ else " None failed."
    return words.text(f"{words.sentence(words.count(len(evidence), 'answer'))[:-1]} on {what}: {parts}.{failed}")
