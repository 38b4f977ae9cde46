"""Parts of an exploration's page beyond those of every report: tables with small drawings, and large ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from secondline.reports.blocks import Bullets, Cell, KeyFacts, Paragraph


@dataclass(frozen=True, slots=True)
class Spark:
    """A row of bars as tall as their counts; open ends are set apart."""

    counts: tuple[int, ...]
    says: str
    open_low: bool = False
    open_high: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """A small line; None leaves a gap."""

    values: tuple[float | None, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Share:
    """A bar for a share of a whole, and where there is one a second bar to compare it with."""

    share: float
    of: float = 1.0
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A value with its interval on a common scale from *start* to *end*, and a mark *at* a value of reference."""

    value: float | None
    low: float
    high: float
    start: float
    end: float
    at: float | None = None


Mark = Spark | Trend | Share | Span


@dataclass(frozen=True, slots=True)
class Marked:
    """A captioned table whose cells may be small drawings; ``align`` has one of l, c, r per column."""

    id: str
    caption: str
    head: tuple[str, ...]
    align: str
    rows: tuple[tuple[Cell | Mark, ...], ...]
    note: str = ""
    folded: bool = False
    look: Literal["", "overview", "narrow"] = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: where it stands, how tall it is and what it says; ``tail`` marks an open end."""

    low: float
    high: float
    share: float
    says: str
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """A histogram with ticks (place and text) and quantiles marked below the bars."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a series: its name, its value with interval, and what it says."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    says: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line over named steps; ``bars`` draws columns from zero instead. *unit* formats the axis."""

    points: tuple[Point, ...]
    unit: str = ""
    bars: bool = False
    width: int = 640


@dataclass(frozen=True, slots=True)
class Heat:
    """A square of associations between *names*: None is no number; the sign has a colour and the size its strength."""

    names: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A captioned drawing; ``alt`` says in words what it shows."""

    id: str
    caption: str
    drawing: Bars | Series | Heat
    alt: str
    width: Literal["full", "half"] = "full"


Part = Paragraph | Bullets | KeyFacts | Marked | Picture


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section of the page; columns are chapters too."""

    id: str
    title: str
    parts: tuple[Part, ...]
    eyebrow: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page as a value, to be drawn late."""

    title: str
    subtitle: str
    notice: str
    facts: KeyFacts
    chapters: tuple[Chapter, ...]
    foot: str
