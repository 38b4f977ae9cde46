"""Catalogue: what the desk serves, as the protocols need it, looked up again every second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from secondline.gateway.asked import Desk, Turned
from secondline.gateway.calls import Caller

FRESH = 1.0


@dataclass(frozen=True, slots=True)
class Served:
    """One model: its inputs in order, which of them are text, its uses, and its document as the protocol shows it."""

    name: str
    inputs: tuple[str, ...]
    text: frozenset[str]
    uses: frozenset[str]
    document: dict[str, Any]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Served:
        """Return a model from the desk's description."""
        inputs = [one for one in document.get("inputs", ()) if one]
        text = frozenset(str(one["name"]) for one in inputs if one.get("datatype") == "BYTES")
        names = tuple(str(one["name"]) for one in inputs)
        return cls(str(document["name"]), names, text, frozenset(document.get("uses", ())), document)

    def uses_of(self, caller: Caller) -> frozenset[str]:
        """Return the uses that a caller may decide for."""
        return self.uses if caller.every_use else caller.uses


class Catalogue:
    """The models of a desk. A model that was just loaded is seen at once: an unknown name asks the desk again."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._clock = desk, clock
        self._found: dict[str, Served] = {}
        self._until = 0.0

    def all(self) -> list[Served]:
        """Return every model, by name."""
        self._look()
        return [self._found[name] for name in sorted(self._found)]

    def need(self, name: str) -> Served:
        """Return a model.

        Raises:
            Turned: 404, it is not served here.
        """
        now = self._clock()
        if now >= self._until or name not in self._found:
            self._look()
            self._until = now + FRESH
        found = self._found.get(name)
        if found is None:
            raise Turned(404, "unknown-model", f"No model {name[:100]!r} is served here.")
        return found

    def _look(self) -> None:
        self._found = {one.name: one for one in map(Served.of, self._desk.models())}
