"""The parts a draft is made of. Values only: nothing here knows how it will be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in running text, with the evidence it comes from."""

    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words to stress."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A cross-reference to a table, a chart or a section by its id."""

    target: str


Span = str | Figure | Strong | Ref


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    spans: tuple[Span, ...]
    style: Literal["body", "lead", "note"] = "body"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements."""

    items: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: text, the evidence behind it, and a tone that is never the only carrier of meaning."""

    text: str
    evidence: str | None = None
    tone: Literal["", "good", "bad", "unsure", "muted"] = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A captioned table; ``align`` has one of l, c, r per column. ``folded`` tables may start closed on screen."""

    id: str
    caption: str
    head: tuple[str, ...]
    align: str
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = ()
    folded: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A captioned Vega-Lite chart; ``alt`` says in words what it shows."""

    id: str
    caption: str
    spec: dict[str, Any]
    alt: str
    width: Literal["full", "half"] = "full"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A judgement only a person can make: what to write, and who writes it."""

    ask: str
    who: str = "validator"
    id: str = ""


@dataclass(frozen=True, slots=True)
class FindingCard:
    """A proposed finding, laid out so that owner, effect and date cannot be missed."""

    id: str
    severity: Literal["critical", "major", "medium", "low"]
    statement: tuple[Span, ...]
    effect: str
    owner: str
    due: str
    evidence: tuple[str, ...]
    recommendation: str = ""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Label and value pairs: the control block of the cover, or a summary strip."""

    items: tuple[tuple[str, tuple[Span, ...]], ...]


Block = Paragraph | Bullets | Table | Chart | Placeholder | FindingCard | KeyFacts


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section; ``number`` is "1" to "19" at the top level, "9.2" below."""

    id: str
    number: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """What the evidence drawer shows of one number: every field is text or plain JSON, ready to print."""

    id: str
    title: str
    value: str
    interval: str
    outcome: str
    reason: str
    limit: str
    fields: tuple[tuple[str, str], ...] = ()
    sql: tuple[tuple[str, str], ...] = ()
    """Query id and its SQL."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole report."""

    title: str
    subtitle: str
    cover: KeyFacts
    sections: tuple[Section, ...]
    evidence: tuple[EvidenceNote, ...] = ()
    language: str = "en"
    watermark: str = ""
    digest: str = ""
    meta: dict[str, str] = field(default_factory=dict)
