"""Standing: which labels of a study are those on record, planned before they were given and settled as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import TYPE_CHECKING, Any

from secondline.core.canonical import digest
from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence, Plan

if TYPE_CHECKING:
    from secondline.evals.grading.table import Labels
    from secondline.evals.nouns import Settled
    from secondline.ledger.store import Ledger
    from secondline.workflow.evaluating import Evaluated
    from secondline.workflow.labelling.desk import Work

JUDGED = frozenset({"genai.judge_validity", "genai.judge_agreement", "genai.judge_bias"})
"""Checks that rest on labels whenever they have a number; others say how many labels they rest on."""
PLANS, LOOSE, NUMBER = "label plans", "labels of no plan", "labels"
Where = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """By suite and criterion: the plans on record whose labels a study has, and how many labels are of none."""

    plans: Mapping[Where, tuple[str, ...]] = field(default_factory=dict)
    unplanned: Mapping[Where, int] = field(default_factory=dict)
    told: bool = True
    """Whether the labels were looked at one by one; else it is only known that they are on no record."""


UNKNOWN = Standing(told=False)


def standing(ledger: Ledger | None, plan: Plan, found: Evaluated) -> Standing:
    """Return which labels of an evaluation are on record.

    A plan's labels are all or none: where one of them is missing, or differs in verdict, second verdict or chance, or
    the plan is not settled, none of them is the record's.
    """
    from secondline.workflow.labelling.desk import Desk, counted

    plans: dict[Where, list[str]] = {}
    known: set[tuple[str, str]] = set()
    where = {(row.id, row.criterion): (row.case.suite, row.criterion) for row in found.rows}
    if ledger is not None and found.labels:
        desk = Desk(ledger, plan.spec, plan.digest(), digest(dict(found.config)), found.rows, found.asks)
        works = desk.works()
        held = counted(works)
        for work in _as_on_record(works, held, found.labels):
            known |= {task.key for task in work.plan.tasks}
            for place in sorted({where[task.key] for task in work.plan.tasks}):
                plans.setdefault(place, []).append(work.id)
    loose = [where[key] for key, said in found.labels.items() if said.label is not None and key in where
             and key not in known]  # fmt: skip
    return Standing({k: tuple(v) for k, v in plans.items()}, {place: loose.count(place) for place in set(loose)})


def _as_on_record(works: Iterable[Work], held: Labels, labels: Labels) -> Iterable[Work]:
    for work in works:
        keys = [task.key for task in work.plan.tasks]
        if work.state == "settled" and all(_same(held[key], labels.get(key)) for key in keys):
            yield work


def _same(record: Settled, given: Settled | None) -> bool:
    if given is None:
        return False
    alike = record.label == given.label and record.second == given.second
    return alike and isclose(record.chance or 0.0, given.chance or 0.0, rel_tol=1e-9)


def cited(evidence: Sequence[Evidence], found: Standing) -> tuple[Evidence, ...]:
    """Return evidence in which every number that rests on labels names their plans, or warns that there are none."""
    return tuple(_cited(e, found) for e in evidence)


def _cited(e: Evidence, found: Standing) -> Evidence:
    estimate = e.outcome.estimate
    if estimate is None or not (e.code in JUDGED or estimate.detail.get(NUMBER)):
        return e
    place = (e.subject.population, e.subject.column or "")
    plans, loose = found.plans.get(place, ()), found.unplanned.get(place, 0)
    warned = _warning(loose, plans) if loose or not found.told else ""
    changes: dict[str, Any] = {"detail": estimate.detail | {PLANS: list(plans), LOOSE: loose if found.told else None}}
    if warned:
        changes["warnings"] = (*estimate.warnings, warned)
    return e.model_copy(update={"outcome": e.outcome.model_copy(update={"estimate": _with(estimate, changes)})})


def _with(estimate: Estimate, changes: Mapping[str, Any]) -> Estimate:
    return estimate.model_copy(update=dict(changes))


def _warning(loose: int, plans: Sequence[str]) -> str:
    beside = f", beside those of {', '.join(plans)}" if plans else ""
    many = f"{loose} labels are" if loose else "the labels are"
    return (
        f"{many} of no plan on the ledger{beside}: nothing shows that answers were chosen as `chance` says, before "
        "anybody labelled them, or that the labels are all there"
    )
