"""The table of graded answers: one row a case, replicate and criterion, and nothing dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import nan
from typing import TYPE_CHECKING, Any

from secondline.core.declared.genai import Criterion
from secondline.core.errors import DataError, SpecError, near
from secondline.core.tables.graded import COLUMNS, NUMBERS, TRIAGE
from secondline.evals.grading.registry import scorer_of
from secondline.evals.grading.scorer import Params, Scorer
from secondline.evals.nouns import Case, Grade, Judgement, Settled, Trace

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 8_192
VERDICTS = {"pass": 1.0, "fail": 0.0}
NOTHING = Settled()
UNANSWERED = Grade("error", reason="No answer was recorded.")
UNJUDGED = Grade("unscored", reason="No judge has graded it.")
Labels = Mapping[tuple[str, str], Settled]
"""What humans said, by trace and criterion."""


@dataclass(frozen=True, slots=True)
class Row:
    """One graded answer. ``trace`` is None where the case was never answered; ``by`` says code or judge."""

    case: Case
    trace: Trace | None
    id: str
    criterion: str
    by: str
    grade: Grade


def graded(
    cases: Sequence[Case],
    traces: Sequence[Trace],
    criteria: Mapping[str, Criterion],
    judgements: Iterable[Judgement] = (),
    labels: Labels | None = None,
) -> pa.Table:
    """Return the graded answers of cases: the columns of `core.tables.graded`, a row a case, replicate and criterion.

    *criteria* are those that are asked of these cases (`GenAI.of_suite`). A criterion with a scorer is graded here; one
    with a judge takes the judge's judgements, and is unscored where there is none.

    Raises:
        DataError: a trace is of no case, or two are of the same case and replicate; two judgements of one answer.
        SpecError: a criterion names no scorer there is, or wrong parameters.
    """
    return table(rows(cases, traces, criteria, judgements), labels or {})


def rows(
    cases: Sequence[Case],
    traces: Sequence[Trace],
    criteria: Mapping[str, Criterion],
    judgements: Iterable[Judgement] = (),
) -> Iterator[Row]:
    """Yield the graded answers one by one, with their reasons: in the order of cases, replicates and criteria."""
    graders = {name: _Grader.of(name, said, cases) for name, said in criteria.items()}
    judged = _judged(judgements)
    for case, trace in _answers(cases, traces):
        ident = trace.id if trace else ""
        for name, grader in graders.items():
            if trace is None:
                grade = UNANSWERED
            elif grader.scorer:
                grade = grader.grade(case, trace)
            else:
                found = judged.get((ident, name))
                grade = found.grade if found else UNJUDGED
            yield Row(case, trace, ident, name, "code" if grader.scorer else "judge", grade)


@dataclass(frozen=True, slots=True)
class _Grader:
    """A criterion ready to grade: its scorer (None where a judge grades) and the parameters of the suite."""

    name: str
    scorer: Scorer | None
    said: Params
    params: dict[str, Any]

    @staticmethod
    def of(name: str, said: Criterion, cases: Sequence[Case]) -> _Grader:
        if not said.scorer:
            return _Grader(name, None, said.params, said.params)
        found = scorer_of(said.scorer)
        params = found.merged(said.params)
        own = {p for case in cases for p in case.expects.get(name, ())}
        if missing := [p for p in found.params if p not in params and p not in own]:
            raise SpecError(f"The criterion {name!r} (scorer {said.scorer!r}) needs the parameter {missing[0]!r}.")
        return _Grader(name, found, said.params, params)

    def grade(self, case: Case, trace: Trace) -> Grade:
        """Grade one answer by the parameters of the criterion and of the case."""
        assert self.scorer is not None
        own = case.expects.get(self.name)
        params = self.scorer.merged(self.said, own) if own else self.params
        if len(params) < len(self.scorer.params):
            return Grade("unscored", reason="The case does not say what it is held against, as others do.")
        return self.scorer.safely(case, trace, params)


def _answers(cases: Sequence[Case], traces: Sequence[Trace]) -> Iterator[tuple[Case, Trace | None]]:
    known = {case.name: case for case in cases}
    held: dict[str, dict[int, Trace]] = {name: {} for name in known}
    for trace in traces:
        if trace.case not in known:
            raise DataError(
                f"A trace answers case {trace.case!r}, which is not in the suite. {near(trace.case, known)}"
            )
        if trace.replicate in held[trace.case]:
            raise DataError(
                f"Two traces answer case {trace.case!r}, replicate {trace.replicate}. Number them, or remove one."
            )
        held[trace.case][trace.replicate] = trace
    if len(known) < len(cases):
        raise DataError("Two cases have the same name. Give each an id of its own.")
    for name, case in known.items():
        yield from ((case, held[name][k]) for k in sorted(held[name]))
        if not held[name]:
            yield case, None


def _judged(judgements: Iterable[Judgement]) -> dict[tuple[str, str], Judgement]:
    found: dict[tuple[str, str], Judgement] = {}
    for one in judgements:
        if (one.trace, one.criterion) in found:
            raise DataError(f"Trace {one.trace!r} has two judgements by criterion {one.criterion!r}; keep one.")
        found[one.trace, one.criterion] = one
    return found


def sorting(table: pa.Table, criteria: Collection[str]) -> pa.Table:
    """Return graded answers in which the judges of *criteria* may sort and not grade: their scorer is `triage`."""
    import pyarrow as pa

    if not criteria:
        return table
    both = zip(table["criterion"].to_pylist(), table["scorer"].to_pylist(), strict=True)
    scorers = [TRIAGE if by == "judge" and name in criteria else by for name, by in both]
    return table.set_column(table.schema.get_field_index("scorer"), "scorer", pa.array(scorers, pa.string()))


def table(graded: Iterable[Row], labels: Labels) -> pa.Table:
    """Return graded answers as an Arrow table with the columns of `core.tables.graded`, in their order."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.float64() if name in NUMBERS else pa.string()) for name in COLUMNS])
    lines = (_line(row, labels.get((row.id, row.criterion), NOTHING)) for row in graded)
    batches = []
    # Batch by batch: a million tuples held at once are walked again and again by the collector.
    while made := list(islice(lines, BATCH)):
        columns = [pa.array(c, field.type) for c, field in zip(zip(*made, strict=True), schema, strict=True)]
        batches.append(pa.record_batch(columns, schema=schema))
    return pa.Table.from_batches(batches, schema).combine_chunks()


def _line(row: Row, human: Settled) -> tuple[Any, ...]:
    case, trace, grade = row.case, row.trace, row.grade
    tokens = None if trace is None or (trace.tokens_in is None and trace.tokens_out is None) else (
        (trace.tokens_in or 0) + (trace.tokens_out or 0)
    )  # fmt: skip
    return (
        case.name, case.suite, case.cluster or case.name, case.stratum, case.kind, case.pair, case.side, case.language,
        row.criterion, row.by, trace.status if trace else "error", grade.outcome,
        trace.returned_model if trace else "", trace.fingerprint if trace else "", row.id,
        float(case.severity), float(trace.replicate if trace else 0), _number(grade.value),
        VERDICTS.get(grade.outcome, nan), _number(human.label), _number(human.second), _number(human.chance),
        _number(trace.latency_ms if trace else None), _number(trace.cost if trace else None), _number(tokens),
        _number(grade.details.get("claims") or None),
    )  # fmt: skip


def _number(value: float | None) -> float:
    return nan if value is None else float(value)


def explained(row: Row) -> dict[str, Any]:
    """Return a row as it is kept beside the transcript: outcome, reason, what it rests on, details."""
    grade = row.grade
    return {
        "trace": row.id, "case": row.case.name, "criterion": row.criterion, "by": row.by, "outcome": grade.outcome,
        "value": grade.value, "reason": grade.reason, "spans": [list(span) for span in grade.spans],
        "details": dict(grade.details),
    }  # fmt: skip
