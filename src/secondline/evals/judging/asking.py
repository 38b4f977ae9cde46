"""Asking a judge: short cuts first, one call a criterion, one chance to mend a reply, and a verdict or none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from secondline.evals.grading.registry import scorer_of
from secondline.evals.grading.scorer import FAILED, WITHHELD
from secondline.evals.judging.replies import Reply, read
from secondline.evals.judging.rubrics import Rubric, material, prompt
from secondline.evals.nouns import Case, Grade, Judgement, Message, Trace
from secondline.evals.text.patterns import STEERING
from secondline.evals.text.words import plain

MEND = (
    "\n\nYour last reply could not be used: {problem}. Reply again, with the JSON object alone, and quote only words "
    "that stand in the material."
)


class Target(Protocol):
    """What can be asked: any target of `evals.targets`, or a scripted one."""

    async def respond(self, case: Case, replicate: int, /) -> Trace:
        """Return the answer to a case."""
        ...


async def judge(
    rubric: Rubric, target: Target, case: Case, trace: Trace, *, name: str = "", criterion: str = ""
) -> Judgement:
    """Return what a judge makes of one answer.

    Before any call: a call that failed is an error; an empty answer that was withheld gets what the rubric says; and a
    rule of the rubric whose outcome holds decides. A reply that cannot be read gets one repair; then the answer is
    unscored, as it is where the judge abstains or its own call fails. *name* is the judge's, *criterion* that of the
    spec (the rubric's unless given).
    """
    told = Judgement(
        trace=trace.id, criterion=criterion or rubric.criterion, judge=name, outcome="unscored", calls=0,
        rubric=rubric.digest, prompt=rubric.prompt,
    )  # fmt: skip
    if short := _before(rubric, case, trace):
        return told.model_copy(
            update={
                "outcome": short.outcome,
                "value": short.value,
                "reason": short.reason,
                "details": {"decided": "before"},
            }
        )
    asked, evidence = prompt(rubric, case, trace), material(rubric, case, trace)
    first = await _call(target, case, trace, asked, 0)
    reply = _reply(first, evidence)
    calls = [first]
    if reply.problem and first.status not in FAILED:
        second = await _call(target, case, trace, asked + MEND.format(problem=reply.problem), 1)
        calls.append(second)
        reply = _reply(second, evidence)
    return _judgement(told, reply, calls, steers=bool(STEERING.search(plain(trace.text))))


def _before(rubric: Rubric, case: Case, trace: Trace) -> Grade | None:
    if trace.status in FAILED:
        return Grade("error", reason=f"The call failed: {trace.error or trace.status}.")
    if not trace.text.strip() and rubric.withheld != "judge" and trace.status in WITHHELD:
        return Grade(rubric.withheld, reason=f"Nothing was answered: {trace.status}.")
    for rule in rubric.rules:
        scorer = scorer_of(rule.scorer)
        grade = scorer.safely(case, trace, scorer.given(rule.params))
        if grade.outcome == rule.when:
            return Grade(grade.outcome, grade.value, f"{scorer.name}: {grade.reason or grade.outcome}")
    return None


async def _call(target: Target, case: Case, trace: Trace, text: str, mended: int) -> Trace:
    """Ask the judge as a case of its own, so that runner, cache and budget treat it like any other."""
    own = Case(
        id=f"judge-{trace.id}-{mended}", suite="judge", turns=(Message(role="user", content=text),), cluster=case.name
    )
    return await target.respond(own, 0)


def _reply(answer: Trace, evidence: str) -> Reply:
    if answer.status != "ok":
        return Reply(problem=f"the judge's call ended as {answer.status}{f': {answer.error}' if answer.error else ''}")
    return read(answer.text, evidence)


def _judgement(told: Judgement, reply: Reply, calls: list[Trace], *, steers: bool) -> Judgement:
    last = calls[-1]
    costs = [c.cost for c in calls if c.cost is not None]
    if reply.problem:
        outcome, reason = "unscored", f"The judge's reply cannot be used: {reply.problem}."
    elif reply.verdict == "abstain":
        outcome, reason = "unscored", f"The judge abstains: {reply.reason}"
    else:
        outcome, reason = reply.verdict, reply.reason
    return told.model_copy(
        update={
            "outcome": outcome,
            "value": {"pass": 1.0, "fail": 0.0}.get(outcome),
            "reason": reason,
            "quote": reply.quote,
            "calls": len(calls),
            "model": last.returned_model,
            "fingerprint": last.fingerprint,
            "cost": sum(costs) if costs else None,
            "details": {"abstained": reply.verdict == "abstain", "unread": bool(reply.problem), "steers": steers},
        }
    )


async def judged(
    rubric: Rubric,
    target: Target,
    answers: Iterable[tuple[Case, Trace]],
    *,
    name: str = "",
    criterion: str = "",
    concurrency: int = 8,
) -> list[Judgement]:
    """Judge many answers, some at once, and return their judgements in the order of the answers."""
    gate = asyncio.Semaphore(concurrency)

    async def one(case: Case, trace: Trace) -> Judgement:
        async with gate:
            return await judge(rubric, target, case, trace, name=name, criterion=criterion)

    return list(await asyncio.gather(*(one(case, trace) for case, trace in answers)))


def same_family(judge: str, system: str) -> str:
    """Return a warning where a judge is of the family of the system it grades, or where a family is not told.

    A model prefers what it would have said itself; the warning stands beside every figure that rests on the judge.
    """
    if not judge.strip() or not system.strip():
        return "The family of the judge or of the system is not declared, so self-preference cannot be excluded."
    if plain(judge) == plain(system):
        return f"The judge is of the same family ({judge}) as the system it grades; it may prefer its own."
    return ""
