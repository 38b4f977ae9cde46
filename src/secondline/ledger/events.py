"""Events: what happened, by whom, when and why; each sealed together with the seal before it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from secondline.ledger.proof.seals import GENESIS, Row, seal_of


@dataclass(frozen=True)
class Event:
    """One link of the chain.

    ``body`` is canonical JSON text, sealed as it is stored; ``set`` in it holds the fields of the record that changed.
    ``via`` says through which door and session the act came. ``seal`` covers every other field.
    """

    seq: int
    at: str
    actor: str
    kind: str
    subject: str
    body: str = "{}"
    reason: str = ""
    via: str = ""
    signature: str = ""
    previous: str = GENESIS
    seal: str = ""

    def sealed(self) -> Event:
        """Return the event with its seal."""
        return replace(self, seal=self.expected_seal())

    def expected_seal(self) -> str:
        """Return what the seal must be, by every other field."""
        return seal_of(self.row())

    def row(self) -> Row:
        """Return the fields in their order."""
        return (self.seq, self.at, self.actor, self.kind, self.subject, self.body, self.reason, self.via,
                self.signature, self.previous, self.seal)  # fmt: skip

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The body as values; a body that is no JSON object any more shows as such."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {"unreadable": self.body}
        return found if isinstance(found, dict) else {"unreadable": found}

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of the record that the event set."""
        found = self.payload.get("set")
        return found if isinstance(found, dict) else {}

    @property
    def record(self) -> str:
        """The kind of record it is about."""
        return self.subject.partition("/")[0]

    @property
    def id(self) -> str:
        """The id of the record it is about."""
        return self.subject.partition("/")[2]
