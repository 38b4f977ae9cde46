"""Settling: what several humans said of one answer, and what holds of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from secondline.core.canonical import digest
from secondline.core.declared.part import Part
from secondline.core.errors import DataError
from secondline.evals.labelling.planning import Key, Plan, chance_of
from secondline.evals.nouns import Settled

NUMBER = {"pass": 1.0, "fail": 0.0}


class Label(Part):
    """What one human said of one answer by one criterion; ``unsure`` says that they could not tell.

    An ``adjudicated`` label settles what two raters disagreed on.
    """

    task: str
    trace: str
    criterion: str
    rater: str
    verdict: Literal["pass", "fail", "unsure"]
    note: str = ""
    adjudicated: bool = False


def disputed(labels: Iterable[Label]) -> list[str]:
    """Return the tasks whose raters disagree, or of whom one is unsure, and that nobody has adjudicated; in order."""
    said: dict[str, list[Label]] = {}
    for label in labels:
        said.setdefault(label.task, []).append(label)
    return [
        task
        for task, found in said.items()
        if not any(x.adjudicated for x in found) and len({x.verdict for x in found}) > 1
    ]


def settle(plans: Iterable[Plan], labels: Iterable[Label]) -> dict[Key, Settled]:
    """Return what holds of each answer that a plan chose: label, second label, and chance over all plans.

    The label is the adjudicated verdict, else the first rater's. Where it was adjudicated, ``second`` is what the rater
    said whom it overruled, or else the second rater: label and second agree exactly where the two raters did, so that
    agreement between humans is not flattered by settling. An unsure rater has said nothing. Answers that a plan chose
    and nobody labelled have a chance and no label. The chance is that of being chosen by any of the plans, whichever
    chose it.

    Raises:
        DataError: a label is of no task of the plans, or by nobody that the task names; two of the same rater.
    """
    every = list(plans)
    said: dict[str, list[Label]] = {}
    for label in labels:
        said.setdefault(label.task, []).append(label)
    tasks = {task.id: task for plan in every for task in plan.tasks}
    found: dict[Key, Settled] = {}
    if unknown := sorted(set(said) - set(tasks)):
        raise DataError(f"A label is of the task {unknown[0]!r}, which no plan holds. Import it with its plan.")
    for task in tasks.values():
        holds, second = _held(task.id, task.raters, said.get(task.id, []))
        before = found.get(task.key)
        if before is not None and before.label is not None:
            continue
        found[task.key] = Settled(holds, second, chance_of(every, task.key))
    return found


def _held(task: str, raters: tuple[str, ...], labels: list[Label]) -> tuple[float | None, float | None]:
    by = [x.rater for x in labels if not x.adjudicated]
    final = [x for x in labels if x.adjudicated]
    if len(set(by)) < len(by) or len(final) > 1:
        raise DataError(f"The task {task!r} has two labels by the same rater, or was adjudicated twice.")
    if strangers := sorted(set(by) - set(raters)):
        raise DataError(f"The task {task!r} has a label by {strangers[0]!r}, whom the plan does not name for it.")
    ranked = sorted((x for x in labels if not x.adjudicated), key=lambda x: raters.index(x.rater))
    said = [NUMBER[x.verdict] for x in ranked if x.verdict in NUMBER]
    holds = NUMBER.get(final[0].verdict) if final else (said[0] if said else None)
    if len(said) < 2:  # noqa: PLR2004 - a second needs two
        return holds, None
    if final and holds is not None and said[0] != said[1]:
        return holds, 1 - holds
    return holds, said[1]


def set_digest(labels: Iterable[Label]) -> str:
    """Return the SHA-256 of a set of labels, whatever their order: what a judge's card rests on."""
    return digest(sorted([x.trace, x.criterion, x.rater, x.verdict, x.adjudicated] for x in labels))
