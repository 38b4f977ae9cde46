"""Made: records by want: those that queries collected, and those made from them when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secondline.core.derive import DERIVATIONS, Derivation
from secondline.core.estimate import Undefined
from secondline.core.needs import Made, Need
from secondline.core.subject import Subject
from secondline.frames.collect import Collected, Progress, quiet
from secondline.frames.wants import Want, want


def underlying(asked: Want, reference: str) -> Iterator[Want]:
    """Yield the wants that must be collected for one that is asked: itself, or what its derivation rests on."""
    if not isinstance(asked[1], Made):
        yield asked
        return
    for part in _parts(asked, reference).values():
        yield from underlying(part, reference)


def sides(need: Need) -> set[str]:
    """Return which sides (current, reference) a need speaks of, those of its derivation included."""
    made = DERIVATIONS[need.name] if isinstance(need, Made) else None
    inner = made.needs.values() if made and made.compares else ()
    return {need.of}.union(*(sides(part) for part in inner))


def _parts(asked: Want, reference: str) -> dict[str, Want]:
    """Return what a derivation needs, by name; the other side of the reference is the reference itself."""
    population, made = asked
    subject = Subject(population=population, reference=reference, column=getattr(made, "column", None))
    return {name: want(need, subject) for name, need in _derivation(made).needs.items()}


def _derivation(made: Need) -> Derivation:
    return DERIVATIONS[getattr(made, "name", "")]


def _absent(derivation: Derivation, held: Mapping[str, Any]) -> Undefined | None:
    """Return the reason a part is missing that the derivation cannot do without."""
    missing = (part for name, part in held.items() if not getattr(derivation.needs[name], "optional", False))
    return next((part for part in missing if isinstance(part, Undefined)), None)


class Records:
    """The records of a run. A derivation that failed fails every question that rests on it, and is not tried again."""

    def __init__(self, collected: Collected, progress: Progress = quiet) -> None:
        """Serve the records of *collected*; *progress* is told what is being made."""
        self.collected = collected
        self.reference = collected.spec.reference_name
        self.progress = progress
        self.place: tuple[int, int] = (0, 0)
        self._failed: dict[Want, Exception] = {}

    def get(self, asked: Want, level: str | None = None) -> Any:
        """Return the record of a want, narrowed to one level.

        Raises:
            Exception: what the derivation of the record raised.
        """
        if isinstance(asked[1], Made) and asked not in self.collected.records:
            self._make(asked)
        return self.collected.record(asked, level)

    def _make(self, asked: Want) -> None:
        if asked in self._failed:
            raise self._failed[asked]
        derivation, parts = _derivation(asked[1]), _parts(asked, self.reference)
        try:
            held = {name: self.get(part) for name, part in parts.items()}
            self.progress(f"{asked[0]}: {derivation.doing}", *self.place)
            made = _absent(derivation, held) or derivation.function(**held)
        except Exception as error:
            self._failed[asked] = error
            raise
        self.collected.records[asked] = made
        queries = (query for part in parts.values() for query in self.collected.query_of[part])
        self.collected.query_of[asked] = tuple(dict.fromkeys(queries))
