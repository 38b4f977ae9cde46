"""Exhibits: the typed values a drafted sentence may speak of, each with its role, its unit and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from secondline.core.format import PERCENT, TINY, WHOLE, number, p_text

Role = Literal[
    "label", "heading", "value", "low", "high", "level", "n", "events", "p", "alpha", "limit", "limit_low",
    "limit_high", "mde", "difference", "ratio", "grade", "outcome", "because", "needed", "rule", "severity",
    "statement", "effect", "status", "due", "owner", "kind", "first", "last", "version", "developer",
]  # fmt: skip
"""How a field is spoken: the words that must stand beside it; see ``cues.py``."""
Kind = Literal["answer", "finding", "calc", "population", "model", "rule"]
MOST_DECIMALS = 17
FINER = 3
"""Decimals a writer may ask for beyond those a reader wants."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an exhibit: a number with its unit, or words copied from the record."""

    value: float | str
    role: Role
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return not isinstance(self.value, str)

    @property
    def style(self) -> str:
        """How it is printed: ``f`` decimals, ``%`` percentage, ``d`` whole, ``e`` tiny, ``p`` p-value, ``s`` words."""
        if isinstance(self.value, str):
            return "s"
        if self.role == "p":
            return "p"
        if self.unit in PERCENT:
            return "%"
        if self.unit in WHOLE and self.value == int(self.value):
            return "d"
        return "e" if 0 < abs(self.value) < TINY else "f"

    @property
    def decimals(self) -> int:
        """The decimals a reader wants; of a limit, all it was set with."""
        if isinstance(self.value, str) or self.style in "dp":
            return 0
        if self.role in {"limit", "limit_low", "limit_high", "alpha", "level"}:
            text = f"{100 * self.value if self.style == '%' else self.value:.12g}"
        else:
            text = number(self.value, self.unit).removesuffix(" %")
        return len(text.partition("e")[0].partition(".")[2])

    def printed(self, decimals: int | None = None) -> str:
        """Return the value as text, with *decimals* or as many as a reader wants."""
        if isinstance(self.value, str):
            return self.value
        places = self.decimals if decimals is None else decimals
        match self.style:
            case "p":
                return p_text(self.value)
            case "d":
                return f"{self.value:,.0f}"
            case "e":
                return f"{self.value:.{max(places, 1)}e}"
            case "%":
                return f"{_plain(100 * self.value, places)} %"
            case _:
                return _plain(self.value, places)


def _plain(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text if re.search("[1-9]", text) else text.removeprefix("-")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One record that sentences may cite.

    ``id`` is what a slot names (``E12``), ``source`` the id of what it comes from (``E-12``), ``sources`` those of a
    calc. ``names`` are the words by which it may be called in free text. ``outcome`` is set for answers, ``adverse``
    where a report must not leave it out. ``higher`` says whether more is better, where its limit tells.
    """

    id: str
    kind: Kind
    source: str
    fields: Mapping[str, Field]
    code: str = ""
    main: str = ""
    sources: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    outcome: str = ""
    adverse: bool = False
    higher: bool | None = None
    implies: frozenset[str] = frozenset()

    @property
    def family(self) -> str:
        """The family of the check it answers; empty for other kinds."""
        return self.code.partition(".")[0]


@dataclass(frozen=True)
class Exhibits:
    """All that a draft may speak of. ``stale`` says why none of it may be used any more; empty while it may."""

    run: str
    model: str
    items: tuple[Exhibit, ...]
    stale: str = ""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Codes that were planned and gave no number, and why."""

    @cached_property
    def by_id(self) -> dict[str, Exhibit]:
        """The exhibits by the id that slots name."""
        return {item.id: item for item in self.items}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every word that is the name of some exhibit."""
        return frozenset().union(*(item.names for item in self.items))

    @cached_property
    def adverse(self) -> tuple[Exhibit, ...]:
        """What failed, could not be decided or broke, and the open findings of medium severity or worse."""
        return tuple(item for item in self.items if item.adverse)

    def of_kind(self, *kinds: Kind) -> tuple[Exhibit, ...]:
        """Return the exhibits of some kinds, in order."""
        return tuple(item for item in self.items if item.kind in kinds)

    def field(self, id_: str, name: str) -> Field | None:
        """Return a field, or None when there is no such exhibit or field."""
        item = self.by_id.get(id_)
        return item.fields.get(name) if item else None
