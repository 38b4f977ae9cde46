"""Events: what happened, by whom, when and why; each sealed together with the seal before it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from secondline.core.canonical import digest

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """One link of the chain. ``seal`` covers every other field, ``previous`` included."""

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    payload: dict[str, Any] = field(default_factory=dict)
    previous: str = GENESIS
    seal: str = ""

    def sealed(self) -> Event:
        """Return the event with its seal."""
        return replace(self, seal=self.expected_seal())

    def expected_seal(self) -> str:
        """Return what the seal must be: the digest of every field but the seal, so that a new field is covered too."""
        facts = asdict(self)
        del facts["seal"]
        return digest(facts)
