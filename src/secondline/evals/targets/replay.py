"""Replay: answers that were recorded before, found by the case's name or by what was asked. Nothing is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from secondline.core.canonical import digest
from secondline.evals.nouns import Case, Message, Trace


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question and its answer as another tool recorded them; where that names no case, the question makes one."""

    case: Case
    trace: Trace


@dataclass(slots=True)
class Replay:
    """A target made of transcripts. Those of one case are its replicates, in the order in which they were recorded."""

    config: str = ""
    _named: dict[str, list[Trace]] = field(default_factory=dict)
    _worded: dict[str, list[Trace]] = field(default_factory=dict)

    @classmethod
    def of(cls, recorded: Iterable[Recorded], config: str = "") -> Replay:
        """Return the target; transcripts that say of no configuration they were made in are held to be of *config*."""
        found = cls(config)
        for one in recorded:
            if one.case.id:
                found._named.setdefault(one.case.id, []).append(one.trace)
            found._worded.setdefault(asked(one.case.turns), []).append(one.trace)
        return found

    def recorded(self, case: Case) -> Sequence[Trace]:
        """Return the transcripts of a case: those that name it, else those of the same questions."""
        return self._named.get(case.name) or self._worded.get(asked(case.turns)) or ()

    def replicates(self, case: Case) -> int:
        """Return how often a case was asked."""
        return len(self.recorded(case))

    async def respond(self, case: Case, replicate: int) -> Trace:
        """Return the transcript; a case without one is told as an error and never left out."""
        traces = self.recorded(case)
        if replicate >= len(traces):
            because = "no transcript of this case is recorded" if not traces else "it was not recorded so often"
            return Trace(
                case=case.name, replicate=replicate, config=self.config, status="error", error=because, source="replay"
            )
        trace = traces[replicate]
        return trace.model_copy(
            update={"case": case.name, "replicate": replicate, "config": trace.config or self.config}
        )


def asked(turns: Sequence[Message]) -> str:
    """Return the digest of what users say in a conversation, spaces at the ends not counted."""
    return digest([turn.content.strip() for turn in turns if turn.role == "user"])
