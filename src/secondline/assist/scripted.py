"""Scripted: a writer whose replies are known beforehand: for tests, and for answers carried over by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from secondline.core.errors import ModelError


@dataclass
class Scripted:
    """A writer that gives its replies in turn; it fails when it has none left."""

    name: str
    replies: tuple[str, ...]
    asked: list[str] = field(default_factory=list)
    """The prompts it was given."""

    async def write(self, prompt: str) -> str:
        """Return the next reply.

        Raises:
            ModelError: there is none left.
        """
        self.asked.append(prompt)
        if len(self.asked) > len(self.replies):
            raise ModelError(f"{self.name} has no further reply.")
        return self.replies[len(self.asked) - 1]
