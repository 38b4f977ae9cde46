"""Target: what is asked a case and gives a trace; and how a conversation is held with one that lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from secondline.evals.cache import Answer
from secondline.evals.line import Ask, Line
from secondline.evals.nouns import Case, Chunk, Message, Status, ToolCall, Trace
from secondline.evals.wire import Failed, Wire


class Target(Protocol):
    """Whatever answers cases."""

    async def respond(self, case: Case, replicate: int, /) -> Trace:
        """Return what became of asking *case* for the time number *replicate*.

        Raises:
            Stopped: no more calls are made; what was paid is kept.
            ModelError: no call can work.
        """
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, as a system's dialect reads it."""

    text: str = ""
    status: Status = "ok"
    tools: tuple[ToolCall, ...] = ()
    retrieved: tuple[Chunk, ...] = ()
    state: Any = None
    model: str = ""
    fingerprint: str = ""
    error: str = ""
    details: dict[str, Any] = field(default_factory=dict)


class Dialect(Wire, Protocol):
    """How one kind of system is spoken to, beside how it is reached."""

    def request(self, case: Case, history: Sequence[Message], replicate: int) -> Ask:
        """Return the request that continues a conversation."""
        ...

    def read(self, answer: Answer) -> Said:
        """Return what an answer says; it was found readable before."""
        ...


@dataclass(frozen=True, slots=True)
class Live:
    """A target that is really asked: a dialect at the end of a line, in one configuration."""

    dialect: Dialect
    line: Line
    config: str = ""

    async def respond(self, case: Case, replicate: int) -> Trace:
        """Hold the conversation of *case*; a call without an answer ends it with its reason in the trace.

        Raises:
            Stopped: no more calls are made.
            ModelError: the endpoint refuses every call.
        """
        history: list[Message] = []
        told: list[tuple[Answer, Said]] = []
        for place, turn in enumerate(case.turns):
            history.append(turn)
            if not has_the_word(case.turns, place):
                continue
            try:
                answer = await self.line.ask(self.dialect.request(case, history, replicate))
            except Failed as failed:
                return self._trace(case, replicate, history, told, failed)
            said = self.dialect.read(answer)
            told.append((answer, said))
            history.append(Message(role="assistant", content=said.text))
            if said.status in {"blocked-in", "error"}:
                break
        nothing = None if told else Failed("error", "the case asks nothing: it has no turn of a user to be answered")
        return self._trace(case, replicate, history, told, nothing)

    def _trace(
        self, case: Case, replicate: int, history: Sequence[Message], told: Sequence[tuple[Answer, Said]],
        failed: Failed | None,
    ) -> Trace:  # fmt: skip
        answers, sayings = [a for a, _ in told], [s for _, s in told]
        last = sayings[-1] if sayings and failed is None else Said()
        details = dict(last.details)
        if len(answers) > 1:
            details["calls"] = [[a.request, a.response] for a in answers]
        return Trace(
            case=case.name, replicate=replicate, config=self.config,
            status=last.status if failed is None else "timeout" if failed.status == "timeout" else "error",
            text=last.text, messages=tuple(history), retrieved=tuple(c for s in sayings for c in s.retrieved),
            tools=tuple(t for s in sayings for t in s.tools), state=last.state,
            started=answers[0].began if answers else "",
            latency_ms=_sum(a.latency_ms for a in answers), tokens_in=_sum(a.used.tokens_in for a in answers),
            tokens_out=_sum(a.used.tokens_out for a in answers), cost=_sum(a.used.cost for a in answers),
            returned_model=last.model, fingerprint=last.fingerprint,
            request=answers[-1].request if answers else "", response=answers[-1].response if answers else "",
            error=failed.because if failed else last.error, details=details,
        )  # fmt: skip


def has_the_word(turns: Sequence[Message], place: int) -> bool:
    """Whether the system is to speak after the turn at *place*: one of a user or tool that no given turn answers."""
    follows = turns[place + 1].role if place + 1 < len(turns) else ""
    return turns[place].role in {"user", "tool"} and follows not in {"assistant", "tool"}


def _sum(values: Any) -> Any:
    """Return the sum, or None where a value is missing or there is none."""
    known = list(values)
    return sum(known) if known and all(value is not None for value in known) else None


def passages(case: Case) -> str:
    """Return the passages handed over with a case as text, each behind its id in brackets."""
    return "\n".join(f"[{chunk.id}] {chunk.text}" for chunk in case.context)


def worded(case: Case, history: Sequence[Message]) -> list[Message]:
    """Return the conversation with the passages behind the first question."""
    turns = list(history)
    if case.context:
        first = next((i for i, turn in enumerate(turns) if turn.role == "user"), None)
        if first is not None:
            said = f"{turns[first].content}\n\nPassages:\n{passages(case)}"
            turns[first] = turns[first].model_copy(update={"content": said})
    return turns
