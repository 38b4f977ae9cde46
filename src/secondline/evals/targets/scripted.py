"""Scripted: a target whose answers a function gives in this very process, for tests and demonstrations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from secondline.core.canonical import canonical
from secondline.evals.cache import Answer
from secondline.evals.line import Ask
from secondline.evals.nouns import Case, Message
from secondline.evals.targets.posting import parsed
from secondline.evals.targets.target import Said, worded
from secondline.evals.wire import Reply, Used

Answering = Callable[[dict[str, Any], int], str]
"""A function of the request, as OpenAI's dialect writes it, and a seed, that gives the text of the answer."""


def seed_of(key: str) -> int:
    """Return the seed of a call: the same for the same call, whoever answers it and however often."""
    return int.from_bytes(sha256(key.encode()).digest()[:4])


class Scripted:
    """The dialect of a function; it uses nothing and costs nothing."""

    def __init__(self, answer: Answering, config: str = "", name: str = "scripted") -> None:
        self._answer, self.endpoint = answer, f"scripted {name} {config}"

    def request(self, case: Case, history: Sequence[Message], replicate: int) -> Ask:
        """Return the conversation with its passages."""
        turns = [{"role": turn.role, "content": turn.content} for turn in worded(case, history)]
        return Ask(canonical({"model": "scripted", "messages": turns}).encode(), replicate, 0)

    async def send(self, body: bytes, key: str) -> Reply:
        """Ask the function."""
        text = self._answer(json.loads(body), seed_of(key))
        return Reply(200, canonical({"text": text}).encode())

    def used(self, reply: Reply) -> Used:
        """Return that nothing was used."""
        parsed(reply.body)
        return Used(0, 0, 0.0)

    def answers(self, reply: Reply) -> bool:  # noqa: ARG002 - a function has no other answers
        """Whether a reply that is no success is an answer: never."""
        return False

    def read(self, answer: Answer) -> Said:
        """Return the text."""
        return Said(text=str(parsed(answer.body)["text"]), model="scripted")

    async def close(self) -> None:
        """Close nothing."""
