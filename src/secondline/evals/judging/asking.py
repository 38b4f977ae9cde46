"""Asking a judge: short cuts first, one call a criterion (or claim), one chance to mend a reply, a verdict or none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from secondline.evals.grading.registry import scorer_of
from secondline.evals.grading.scorer import FAILED, WITHHELD
from secondline.evals.judging.calling import Heard, Target, cost_of, heard
from secondline.evals.judging.claims import by_claim
from secondline.evals.judging.replies import read
from secondline.evals.judging.rubrics import Rubric, material, prompt
from secondline.evals.nouns import Case, Grade, Judgement, Trace
from secondline.evals.text.patterns import STEERING
from secondline.evals.text.words import plain

__all__ = ["Target", "judge", "judged", "same_family"]


async def judge(
    rubric: Rubric, target: Target, case: Case, trace: Trace, *, name: str = "", criterion: str = ""
) -> Judgement:
    """Return what a judge makes of one answer.

    Before any call: a call that failed is an error; an empty answer that was withheld gets what the rubric says; and a
    rule of the rubric whose outcome holds decides. A reply that cannot be read gets one repair; then the answer is
    unscored, as it is where the judge abstains or its own call fails. A rubric of claims asks of each of them
    (`claims`). *name* is the judge's, *criterion* that of the spec (the rubric's unless given).
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
    if rubric.each == "claim":
        return await by_claim(rubric, target, case, trace, told)
    evidence = material(rubric, case, trace)
    made = await heard(
        target, trace.id, prompt(rubric, case, trace), lambda text: read(text, evidence), cluster=case.name
    )
    return _judgement(told, made, steers=bool(STEERING.search(plain(trace.text))))


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


def _judgement(told: Judgement, made: Heard, *, steers: bool) -> Judgement:
    reply, last = made.reply, made.calls[-1]
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
            "calls": len(made.calls),
            "model": last.returned_model,
            "fingerprint": last.fingerprint,
            "cost": cost_of(made.calls),
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
