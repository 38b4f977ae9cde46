"""Measuring: the checks of the validation plan, asked of a window. There is no second implementation of any measure.

What adds comes from cells. A measure that needs rows, such as one of a sample, gets the rows of the window as a
population, collected as in any validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from secondline.core import needs
from secondline.core.errors import UnknownCheck
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.needs import Need
from secondline.core.outcome import Errored
from secondline.core.spec import ModelSpec
from secondline.frames.collect import Collected, collect
from secondline.frames.facts import FirstScan
from secondline.frames.wants import Want
from secondline.monitor.cells import Cell
from secondline.monitor.early import matured
from secondline.monitor.labels import join_labels
from secondline.monitor.lens import Lens, looking
from secondline.monitor.readings import Reading, Window
from secondline.monitor.rows import load
from secondline.monitor.streamed import ELSEWHERE, PREFIX, as_known, unwaiting
from secondline.monitor.watched import WINDOW, additive, reference_records, watched
from secondline.monitor.windows import parts_within, window_cell
from secondline.workflow import questions
from secondline.workflow.answers import levels
from secondline.workflow.answers import measure as number_of
from secondline.workflow.made import Records, underlying
from secondline.workflow.questions import LEVELLED, Question

if TYPE_CHECKING:
    from secondline.core.evidence import Plan
    from secondline.monitor.state import State

PLAIN = (needs.Facts, needs.Spec, needs.Column)
"""Needs that are met without statistics."""
CASES = 1_000_000
"""Decisions of a window above which a measure that needs its rows is not asked: they would not fit in memory."""


def measure(
    state: State, spec: ModelSpec | str, window: Window, metrics: Iterable[str], known: int | None = None
) -> list[Reading]:
    """Return a reading for each question that *metrics* ask of a window, as known at an instant; none is kept yet.

    A metric is the code of a check, or ``code:column`` for one column of a check that asks about columns. A check
    that asks about levels of segments gives a reading for each level. Intervals are widened for the places that one
    metric looks at, and so do not depend on what else is asked. ``known`` is the latest that is known unless
    given: labels known later are left out.

    Raises:
        SpecError: the model is not watched.
        UnknownCheck: a metric is no check of the model's plan.
    """
    kept = watched(state, spec if isinstance(spec, str) else spec.model)
    instant = state.latest(kept.model) if known is None else known
    window = replace(window, model=kept.model)
    with looking(state, kept) as lens:
        named = frozenset(metrics)
        asked = _asked(lens, named, window)
        cell = window_cell(state, lens, window, instant)
        if cell is None or cell.facts is None:
            none = Undefined(because="no decision of the model is in this window", needed="decisions")
            return [_reading(window, q, _absent(q) or none, instant, None) for q in asked]
        asked = [_fitting(question, lens, cell) for question in asked]
        collected = _collected(state, lens, asked, cell, window, instant)
        known_levels = questions.after_data(asked, collected)
        confidence = _confidence(known_levels, named, kept.plan)
        records = Records(collected)
        share = _share(state, kept.absent.means, cell, window, instant, asked)
        return [
            _reading(window, q, _measured(q, records, level), instant, share)
            for q, level in zip(known_levels, confidence, strict=True)
        ]


def _confidence(asked: Sequence[Question], metrics: frozenset[str], plan: Plan) -> list[float]:
    """Return the confidence of each question: by all of its check, or of its column where one column is named."""
    by = [(q.planned.code, None if q.planned.code in metrics else q.subject.column) for q in asked]
    found = {one: levels([q for q, other in zip(asked, by, strict=True) if other == one], plan) for one in set(by)}
    return [found[one][one[0]] for one in by]


def _asked(lens: Lens, metrics: frozenset[str], window: Window) -> list[Question]:
    """Return the questions of the plan about the window that the metrics name."""
    known = {planned.code for planned in lens.kept.plan.checks}
    for metric in metrics:
        if metric.partition(":")[0] not in known:
            raise UnknownCheck.among(metric.partition(":")[0], known)
    found = []
    for question in map(_of_events, lens.asked):
        code, column = question.planned.code, question.subject.column
        if code not in metrics and f"{code}:{column}" not in metrics:
            continue
        if (column or "").startswith(PREFIX):
            continue
        about = question.absent or question.subject.population == WINDOW
        narrowed = window.segment and question.check.over in LEVELLED
        if about and not narrowed:
            found.append(question)
    return found


def _of_events(question: Question) -> Question:
    """Say of a question about the artefact why it is not asked of a window: the study asks it, once."""
    about = set(question.check.requires) & {"artefact", "challengers", "reproduce", "alternatives"}
    planned = question.planned
    if about or planned.code in ELSEWHERE:
        told = f"a stream tells it by {ELSEWHERE.get(planned.code)}"
        return replace(question, absent="it is asked of the model itself, in a validation" if about else told)
    params = unwaiting(planned.code, planned.params)
    return replace(question, planned=planned.model_copy(update={"params": params}))


def _fitting(question: Question, lens: Lens, cell: Cell) -> Question:
    """Say of a question that needs rows why it is not asked of a window that holds too many."""
    name = lens.kept.spec.reference_name
    if question.absent or cell.rows <= CASES or all(_adds(need) for _, need in _wants(question, name)):
        return question
    because = f"the window has {cell.rows:,} decisions, and this is asked of {CASES:,} at most: ask a shorter window"
    return replace(question, absent=because)


def _collected(state: State, lens: Lens, asked: list[Question], cell: Cell, window: Window, known: int) -> Collected:
    """Return what the questions rest on: sums of cells where all of it adds, else the rows of the window."""
    name = lens.kept.spec.reference_name
    by_rows = [q for q in asked if not q.absent and not all(_adds(need) for _, need in _wants(q, name))]
    collected = _from_rows(state, lens, by_rows, window, known) if by_rows else _empty(lens, cell)
    held = reference_records(state, lens.kept.model)
    summed = {repr(need): cell.records[repr(need)] for need in lens.wants if repr(need) in cell.records}
    others = [q for q in asked if not q.absent and q not in by_rows]
    for population, need in questions.wanted(others, name):
        want = population, need
        record = _plain(lens, need, population, cell, known)
        if record is None:
            record = (summed if population == WINDOW else held)[repr(need)]
        collected.records[want], collected.query_of[want] = record, ()
    return collected


def _wants(question: Question, reference: str) -> set[Want]:
    return {w for asked in question.wants.values() for w in underlying(asked, reference)}


def _adds(need: Need) -> bool:
    return additive(need) or isinstance(need, PLAIN)


def _plain(lens: Lens, need: Need, population: str, cell: Cell, known: int) -> Any:
    if isinstance(need, needs.Spec):
        return as_known(lens.kept.spec, known)
    if isinstance(need, needs.Column):
        return need.column
    if isinstance(need, needs.Facts):
        return cell.facts if population == WINDOW else lens.kept.facts
    return None


def _empty(lens: Lens, cell: Cell) -> Collected:
    collected = Collected(lens.kept.spec)
    nothing: Any = None
    for name, facts in ((lens.kept.spec.reference_name, lens.kept.facts), (WINDOW, cell.facts)):
        if facts is not None:
            collected.scans[name] = FirstScan(facts, None, None, 0, nothing)
    collected.cuts = lens.kept.cuts
    return collected


def _from_rows(state: State, lens: Lens, asked: list[Question], window: Window, known: int) -> Collected:
    parts = parts_within(state, window)
    join_labels(lens, state, state.parts("label", window.model), known)
    load(lens, state, parts, known, window=window)
    spec, name = as_known(lens.kept.spec, known), lens.kept.spec.reference_name
    relations = {name: lens.reference, WINDOW: lens.relation}
    wanted = questions.wanted(asked, name)
    # An overlap is of two counts of keys, and only the window's own is asked by a question about the window.
    keys: set[Want] = {(name, needs.Keys(columns=n.columns)) for _, n in wanted if isinstance(n, needs.Overlap)}
    return collect(relations, spec, wanted | keys)


def _absent(question: Question) -> Undefined | None:
    return Undefined(because=question.absent, kind="not-applicable") if question.absent else None


def _measured(question: Question, records: Records, level: float) -> Measured:
    found = number_of(question, records, level)
    if isinstance(found, (Estimate, Undefined)):
        return found
    kind: Any = "too-few" if isinstance(found, Errored) else "not-applicable"
    return Undefined(because=found.because, kind=kind)


def _share(
    state: State, absent: str, cell: Cell, window: Window, known: int, asked: Sequence[Question]
) -> float | None:  # fmt: skip
    """Return the share of outcomes known: of decisions, or of the labels to come where none means good."""
    facts = cell.facts
    if facts is None or not any("label" in q.check.requires for q in asked):
        return None
    return matured(state, window, known) if absent == "good" else 1 - facts.label_missing / facts.rows


def _reading(window: Window, question: Question, measured: Measured, known: int, share: float | None) -> Reading:
    subject, code = question.subject, question.planned.code
    metric = f"{code}:{subject.column}" if subject.column and not question.absent else code
    if subject.segment and not question.absent and not window.segment:
        window = replace(window, segment=subject.segment, level=subject.level or "")
    labelled = "label" in question.check.requires
    return Reading(window, metric, measured, "known", known, share if labelled else None)


@dataclass(frozen=True, slots=True)
class Restated:
    """One window of a metric as it was read at different times, in order of what was known."""

    window: Window
    metric: str
    readings: tuple[Reading, ...]


def history(state: State, model: str, metric: str) -> list[Restated]:
    """Return how each window of a metric was restated as labels came: all its readings, by what was known."""
    found: dict[Window, list[Reading]] = {}
    for reading in state.readings(model, metric):
        found.setdefault(reading.window, []).append(reading)
    return [
        Restated(window, metric, tuple(sorted(held, key=lambda r: r.known)))
        for window, held in sorted(found.items(), key=lambda item: (item[0].start, item[0].version, item[0].level))
    ]
