"""Calling a judge: as a case of its own, so that runner, cache and budget treat it like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from secondline.evals.grading.scorer import FAILED
from secondline.evals.judging.replies import Reply
from secondline.evals.nouns import Case, Message, Trace

MEND = (
    "\n\nYour last reply could not be used: {problem}. Reply again, with the JSON object alone, and quote only words "
    "that stand in the material."
)


class Target(Protocol):
    """What can be asked: any target of `evals.targets`, or a scripted one."""

    async def respond(self, case: Case, replicate: int, /) -> Trace:
        """Return the answer to a case."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What a judge said in the end, and the calls that it took."""

    reply: Reply
    calls: tuple[Trace, ...]


async def heard(
    target: Target, name: str, text: str, read: Callable[[str], Reply], *, cluster: str = "", reference: Any = None
) -> Heard:
    """Ask a judge a *text* and return its reply; one that cannot be read is asked for once more.

    A call that failed is not repeated here: the line that carries it does that. *reference* is what the text says as
    values, for a judge that is none of language.
    """
    first = await _call(target, f"{name}-0", text, cluster, reference)
    reply = _reply(first, read)
    if not reply.problem or first.status in FAILED:
        return Heard(reply, (first,))
    second = await _call(target, f"{name}-1", text + MEND.format(problem=reply.problem), cluster, reference)
    return Heard(_reply(second, read), (first, second))


async def _call(target: Target, name: str, text: str, cluster: str, reference: Any) -> Trace:
    turn = Message(role="user", content=text)
    own = Case(id=f"judge-{name}", suite="judge", turns=(turn,), cluster=cluster, reference=reference)
    return await target.respond(own, 0)


def _reply(answer: Trace, read: Callable[[str], Reply]) -> Reply:
    if answer.status != "ok":
        return Reply(problem=f"the judge's call ended as {answer.status}{f': {answer.error}' if answer.error else ''}")
    return read(answer.text)


def cost_of(calls: tuple[Trace, ...] | list[Trace]) -> float | None:
    """Return what calls cost together; None where none tells."""
    costs = [c.cost for c in calls if c.cost is not None]
    return sum(costs) if costs else None
