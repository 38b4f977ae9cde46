"""Giving labels: plan, suggest, say, take a sheet, settle a dispute, settle the labels; each an act of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

from secondline.core.canonical import canonical
from secondline.core.errors import OutOfTurn, Refused, SpecError
from secondline.evals.labelling import GOES_BY, SHOWN, Label, Plan, Task, planned, set_digest, suggested
from secondline.evals.labelling.planning import DOUBLE
from secondline.workflow.labelling.desk import WITHDRAWN, Desk, Work

VERDICTS = ("pass", "fail", "unsure")
FINAL = ("pass", "fail")
LONGEST = 4_000
"""Characters of a note."""


def plan(
    desk: Desk, suite: str, criterion: str, n: int, raters: Sequence[str], *, by: str, seed: int | None = None,
    double: float | None = None, via: str = "",
) -> Work:  # fmt: skip
    """Draw *n* answers to a suite (every suite when empty) by a criterion, and put the plan on record.

    With two raters or more a quarter is labelled twice unless *double* says else: from that the agreement of people is
    known.

    Raises:
        SpecError: there are no such answers, too few for the labels, or no rater; or a plan stands for them already.
        Refused: the person who plans, or a rater, built the system.
    """
    rows = desk.of(suite, criterion)
    if stands := [work.id for work in _before(desk, {row.id for row in rows}, criterion)]:
        raise SpecError(
            f"Labels of {suite or 'every suite'} by {criterion} are planned already ({', '.join(stands)}), and a plan "
            "stands once a label may exist. Suggest the next ones, or withdraw it."
        )
    share = (DOUBLE if len(raters) > 1 else 0.0) if double is None else double
    made = planned(rows, n, seed=_seed(desk, seed), raters=tuple(raters), double=share)
    return _record(desk, suite, made, by, (), via)


def suggest(
    desk: Desk, suite: str, criterion: str, n: int, raters: Sequence[str], *, by: str, seed: int | None = None,
    via: str = "",
) -> Work:  # fmt: skip
    """Draw about *n* more answers where labels are worth most, after the plans that stand, and put it on record.

    Raises:
        SpecError: about fewer answers are left, or there is no rater.
        Refused: the person who plans, or a rater, built the system.
    """
    rows = desk.of(suite, criterion)
    before = _before(desk, {row.id for row in rows}, criterion)
    made = suggested(rows, [work.plan for work in before], n, seed=_seed(desk, seed), raters=tuple(raters))
    return _record(desk, suite, made, by, tuple(work.id for work in before), via)


def _seed(desk: Desk, seed: int | None) -> int:
    if seed is not None:
        return seed
    return desk.spec.genai.seed if desk.spec.genai else 0


def _before(desk: Desk, traces: set[str], criterion: str) -> list[Work]:
    """Return the plans that stand for some of these answers."""
    mine = [work for work in desk.works() if work.state != WITHDRAWN and work.plan.criterion == criterion]
    return [work for work in mine if traces & set(work.plan.chances)]


def _record(desk: Desk, suite: str, made: Plan, by: str, after: tuple[str, ...], via: str) -> Work:
    """Put a plan among the objects, then on record; only then is there anything to label."""
    spec = desk.spec
    receipt = desk.ledger.act("labels.planned", by, "", {
        "model": spec.model, "version": spec.version, "developer": spec.developer, "owner": spec.owner,
        "evaluation": desk.evaluation, "config": desk.config, "suite": suite, "criterion": made.criterion,
        "design": made.design, "object": _put(desk, made.model_dump(mode="json")), "chances": made.chances_digest,
        "seed": made.seed, "frame": len(made.chances), "tasks": len(made.tasks),
        "twice": sum(len(task.raters) > 1 for task in made.tasks), "raters": made.raters,
        "goes_by": GOES_BY[made.design], "shows": SHOWN, "after": after,
    }, via=via)  # fmt: skip
    return desk.work(receipt.id)


def _put(desk: Desk, value: object) -> str:
    return desk.ledger.objects.put(canonical(value).encode())


def say(desk: Desk, work: Work, task: str, rater: str, verdict: str, note: str = "", *, via: str = "") -> None:
    """Keep what a rater says of one task.

    Raises:
        UnknownRecord: the plan has no such task.
        Refused: the task is not the rater's.
        SpecError: the verdict is none of pass, fail and unsure, or the note is too long.
        OutOfTurn: the plan is settled or withdrawn.
    """
    file(desk, work, rater, [_label(work, task, rater, verdict, note)], by=rater, via=via)


def _label(work: Work, id_: str, rater: str, verdict: str, note: str) -> Label:
    task = work.task(id_)
    if rater not in task.raters:
        raise Refused(f"This answer is not {rater}'s to label: the plan gives it to others.")
    return _worded(task, rater, verdict, note, VERDICTS)


def _worded(task: Task, rater: str, verdict: str, note: str, among: Sequence[str], *, settles: bool = False) -> Label:
    if verdict not in among:
        raise SpecError(f"A label is {', '.join(among[:-1])} or {among[-1]}; got {verdict[:40]!r}.")
    if len(note) > LONGEST:
        raise SpecError(f"The note is longer than {LONGEST:,} characters.")
    return Label(
        task=task.id, trace=task.trace, criterion=task.criterion, rater=rater, note=note.strip(),
        verdict=cast("Literal['pass', 'fail', 'unsure']", verdict), adjudicated=settles,
    )  # fmt: skip


def file(
    desk: Desk, work: Work, rater: str, labels: Sequence[Label], *, by: str, sheet: str = "", via: str = ""
) -> tuple[int, int]:  # fmt: skip
    """File the labels of a rater under a plan; return how many are new and how many changed. What is neither stays.

    *sheet* is the digest of the sheet they came in, which lies among the objects.

    Raises:
        Refused: the plan does not name the rater, or another than the rater or the second line files them.
        OutOfTurn: the plan is settled or withdrawn.
    """
    if any(label.rater != rater for label in labels):
        raise SpecError(f"Not all of these labels are of {rater!r}.")
    return _filed(desk, work, "labels.filed", labels, by, rater, sheet, via)


def _filed(
    desk: Desk, work: Work, act: str, labels: Sequence[Label], by: str, rater: str, sheet: str, via: str
) -> tuple[int, int]:  # fmt: skip
    held = {(one.task, one.rater, one.adjudicated): (one.verdict, one.note) for one in work.labels}
    keys = {(one.task, one.rater, one.adjudicated): one for one in labels}
    changed = [one for key, one in keys.items() if key in held and held[key] != (one.verdict, one.note)]
    new = [one for key, one in keys.items() if key not in held]
    said = [{"task": x.task, "verdict": x.verdict, **({"note": x.note} if x.note else {})} for x in (*new, *changed)]
    if not said:
        return 0, 0
    form = {"rater": rater, "plan": work.plan.digest, "object": _put(desk, said), "labels": len(said), "sheet": sheet}
    desk.ledger.act(act, by, work.id, form, via=via)
    return len(new), len(changed)


def adjudicate(
    desk: Desk, work: Work, said: Mapping[str, tuple[str, str]], *, by: str, via: str = ""
) -> int:  # fmt: skip
    """Settle what raters disagree on: verdict and note by task. Return how many were settled.

    Raises:
        UnknownRecord: the plan has no such task.
        OutOfTurn: its raters do not disagree.
        SpecError: a verdict is neither pass nor fail.
        Refused: whoever settles is one of the raters, or built or owns the system.
    """
    may = {*work.disputes, *(label.task for label in work.labels if label.adjudicated)}
    labels = []
    for id_, (verdict, note) in said.items():
        task = work.task(id_)
        if id_ not in may:
            raise OutOfTurn(f"Nobody disagrees on the task {id_}, so there is nothing to settle.")
        labels.append(_worded(task, by, verdict, note, FINAL, settles=True))
    return sum(_filed(desk, work, "labels.adjudicated", labels, by, by, "", via))


def said_of(work: Work, task: str) -> list[tuple[str, str]]:
    """Return what raters said of a task, verdict and note, in an order that names nobody."""
    return sorted((x.verdict, x.note) for x in work.labels if x.task == task and not x.adjudicated)


def settle(desk: Desk, work: Work, *, by: str, reason: str = "", via: str = "") -> Work:
    """Settle the labels of a plan: from now on they count in the study, and no more are taken.

    Raises:
        OutOfTurn: raters disagree on a task and nobody settled it, or a plan before this one is not settled.
        SpecError: labels are missing, and no reason is given for doing without.
        Refused: the person built or owns the system.
    """
    people = [label for label in work.labels if not label.adjudicated]
    twice = _twice(people)
    form = {
        "plan": work.plan.digest, "digest": set_digest(work.labels), "labelled": len({x.task for x in people}),
        "missing": work.wanted - len(people), "twice": len(twice),
        "disputes": sum(len(set(verdicts)) > 1 for verdicts in twice), "open": len(work.disputes),
    }  # fmt: skip
    desk.ledger.act("labels.settled", by, work.id, form, reason=reason, via=via)
    return desk.work(work.id)


def _twice(labels: Iterable[Label]) -> list[list[str]]:
    by: dict[str, list[str]] = {}
    for label in labels:
        by.setdefault(label.task, []).append(label.verdict)
    return [verdicts for verdicts in by.values() if len(verdicts) > 1]
