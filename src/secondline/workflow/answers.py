"""Answers: measure every question, control the false alarms of many looks, judge, and write the evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondline.core.canonical import digest
from secondline.core.errors import SecondlineError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import Evidence, Plan
from secondline.core.outcome import Errored, NotApplicable, Outcome
from secondline.core.spec import ModelSpec
from secondline.core.tables import content_digest
from secondline.frames.collect import Collected, Progress, quiet
from secondline.frames.wants import Want, level_of
from secondline.models.model import Model
from secondline.policy.judge import judge
from secondline.stats.multiplicity import benjamini_hochberg, holm
from secondline.workflow.made import Records
from secondline.workflow.questions import SIMULTANEOUS, Question
from secondline.workflow.triage import decisive

STRIDE = 20
"""How many questions pass between two reports of progress."""


@dataclass(frozen=True, slots=True)
class _Measurement:
    question: Question
    measured: Measured | Errored | NotApplicable


def answer(
    questions: Sequence[Question], collected: Collected, plan: Plan, progress: Progress = quiet
) -> tuple[Evidence, ...]:
    """Return one evidence record for every question, in the plan's order; nothing that was asked goes missing."""
    level_of_check = levels(questions, plan)
    records = Records(collected, progress)
    measured = []
    for i, question in enumerate(questions):
        if i % STRIDE == 0:
            progress("answering the questions", i, len(questions))
        records.place = (i, len(questions))
        measured.append(_Measurement(question, measure(question, records, level_of_check[question.planned.code])))
    adjusted = _adjust(measured, plan)
    looks = _looks(questions)
    digests = _Digests(collected)
    return tuple(
        _evidence(i, m, adjusted.get(i), looks[m.question.planned.code], digests)
        for i, m in enumerate(measured, start=1)
    )


def levels(questions: Sequence[Question], plan: Plan) -> dict[str, float]:
    """Return the confidence of each check: tightened (Bonferroni) where one check looks at many places at once."""
    alpha = 1 - plan.confidence
    many = Counter(q.planned.code for q in questions if q.check.over in SIMULTANEOUS and not q.absent)
    return defaultdict(lambda: plan.confidence, {code: 1 - alpha / count for code, count in many.items()})


def _looks(questions: Sequence[Question]) -> Counter[str]:
    return Counter(q.planned.code for q in questions if not q.absent)


def measure(question: Question, known: Records, level: float) -> Measured | Errored | NotApplicable:
    """Return the number a question asks for at a confidence, before anything judges it."""
    if question.absent:
        return NotApplicable(because=question.absent)
    try:
        records = {
            name: known.get(want, level_of(question.check.measure.needs[name], question.subject))
            for name, want in question.wants.items()
        }
        if absent := next((record for record in records.values() if isinstance(record, Undefined)), None):
            return absent
        return decisive(question.check.measure(records, level=level, **question.planned.params), question, records)
    except SecondlineError as error:
        return Errored(because=str(error))
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others; Errored blocks the opinion
        return Errored(because=f"{type(error).__name__}: {error}")


def _adjust(measured: Sequence[_Measurement], plan: Plan) -> dict[int, float]:
    """Return p-values adjusted by Holm for gates and by Benjamini and Hochberg for screens, by answer number."""
    families: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for i, m in enumerate(measured, start=1):
        if isinstance(m.measured, Estimate) and m.measured.p_value is not None:
            role = m.question.check.role
            families[role, m.question.planned.code if plan.multiplicity == "check" else ""].append(
                (i, m.measured.p_value)
            )
    adjusted: dict[int, float] = {}
    for (kind, _), members in families.items():
        control = benjamini_hochberg if kind == "screen" else holm
        adjusted |= zip((i for i, _ in members), control([p for _, p in members]), strict=True)
    return adjusted


def _evidence(number: int, m: _Measurement, p_adjusted: float | None, looks: int, digests: _Digests) -> Evidence:
    planned, subject = m.question.planned, m.question.subject
    if isinstance(m.measured, (Errored, NotApplicable)):
        outcome: Outcome = m.measured
        used: Sequence[Want] = ()
    else:
        outcome = judge(m.measured, planned.limit, p_adjusted, m.question.check.measure.unit)
        used = tuple(m.question.wants.values())
    return Evidence(
        id=f"E-{number}",
        code=planned.code,
        subject=subject,
        outcome=outcome,
        limit=planned.limit,
        params=planned.params,
        looks=max(looks, 1),
        p_adjusted=p_adjusted,
        unit=m.question.check.measure.unit,
        statistics=tuple(dict.fromkeys(digests.of(want) for want in used)),
        queries=tuple(dict.fromkeys(q for want in used for q in digests.collected.query_of[want])),
    )


class _Digests:
    """Digests of the statistics behind answers, each computed once."""

    def __init__(self, collected: Collected) -> None:
        self.collected = collected
        self._known: dict[Want, str] = {}

    def of(self, want: Want) -> str:
        """Return the digest of a want's record."""
        if want not in self._known:
            self._known[want] = _digest(self.collected.records[want])
        return self._known[want]


def _digest(record: object) -> str:
    if isinstance(record, Mapping):
        return digest({str(key): content_digest(value) for key, value in record.items()})
    if isinstance(record, str):
        return digest(record)
    if isinstance(record, Model):
        return digest(record.to_json())
    if isinstance(record, (ModelSpec, Undefined)):
        return digest(record.model_dump(mode="json", by_alias=True))
    if callable(own := getattr(record, "digest", None)):
        return str(own())
    return content_digest(record)
