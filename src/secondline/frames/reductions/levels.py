"""Levels: what a segment, a band, a month or a grade is in a query, and how it reads in a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secondline.core.needs import BAND, PERIOD
from secondline.core.tables.bins import MISSING, OTHER
from secondline.frames import relation as at
from secondline.frames.cuts import Cuts
from secondline.frames.relation import Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir

MANY = 200


@dataclass(frozen=True, slots=True)
class Level:
    """A grouping key: its expression over a table, and how its text reads."""

    column: str
    key: Callable[[Any], Any]
    read: Callable[[str | None], str]


SMALL = 120


def level(relation: Relation, name: str, cuts: Cuts) -> Level:
    """Return the grouping key that *name* stands for: a token (BAND, PERIOD, @grade ...) or a column."""
    if name == BAND and at.GRADE not in relation.roles:
        return Level(at.SCORE, lambda t: bin_index(t[at.SCORE], cuts.band_edges, floating=True), _band)
    if name == BAND:
        name = at.GRADE
    if name == PERIOD:
        return Level(at.TIME, lambda t: t[at.TIME].year() * 100 + t[at.TIME].month(), _month)
    bins = cuts.bins.get(name)
    if bins is None or bins.numeric:
        return Level(name, lambda t: t[name], _plain)
    return Level(name, lambda t: pooled(t[name], bins.levels or ()), _plain)


def pooled(value: Any, levels: tuple[str, ...]) -> Any:
    """Return a text column with unknown levels pooled when there are too many to list."""
    import ibis

    if len(levels) < MANY // 4:
        return value.cast("string")
    text = value.cast("string")
    return ibis.ifelse(text.isnull() | text.isin(levels), text, ibis.literal(OTHER))


def bin_index(value: ir.NumericValue, edges: tuple[float, ...], *, floating: bool) -> Any:
    """Return the index of the bin (e_i, e_(i+1)] a value falls in; null stays null.

    Of floating columns +inf gets ``len(edges) + 1``, NaN ``len(edges) + 2`` and -inf -1.
    """
    import ibis

    top = len(edges)
    small = "int8" if top < SMALL else "int16"  # engines group small integers without hashing
    steps: list[tuple[Any, Any]] = [(value <= edge, i) for i, edge in enumerate(edges)]
    if not floating:
        return ibis.cases(*steps, (value.isnull(), ibis.null(small)), else_=top).cast(small)
    largest = 1.7976931348623157e308
    if steps:
        # Rare values are told apart only inside the two outer bins, so that the common path stays short.
        steps[0] = (steps[0][0], ibis.ifelse(value < -largest, -1, 0))
    # NaN compares above +inf in the engines we push to.
    last = [
        (value < -largest, -1),
        (value <= largest, top),
        (value.isnull(), ibis.null(small)),
        (value.isnan(), top + 2),
    ]
    return ibis.cases(*steps, *last, else_=top + 1).cast(small)


def _plain(key: str | None) -> str:
    return MISSING if key is None else key


def _band(key: str | None) -> str:
    return MISSING if key is None else f"band {int(key) + 1:02d}"


def _month(key: str | None) -> str:
    return MISSING if key is None else f"{int(key) // 100:04d}-{int(key) % 100:02d}"
