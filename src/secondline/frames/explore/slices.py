"""Slices: the same few numbers of every column, by month or by segment, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.tables import Moments
from secondline.frames.explore.grids import LARGEST, moments
from secondline.frames.explore.opened import BY, Opened
from secondline.frames.relation import LABEL, TIME

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

DAYS, MONTHS = 62, 122
"""Up to so many days slices are days, up to so many months they are months, else years."""
MOST_SEGMENTS = 20
OTHERS = "(other)"


@dataclass(frozen=True, slots=True)
class Slice:
    """One month or one segment: its rows, labelled rows and events, and per column the known rows and the moments."""

    name: str
    rows: int
    labelled: int
    events: int
    known: dict[str, int]
    moments: dict[str, Moments]


def grain(first: datetime, last: datetime) -> str:
    """Return the step of a time axis: day, month or year."""
    days = (last - first).days
    months = 12 * (last.year - first.year) + last.month - first.month
    return "day" if days <= DAYS else "month" if months <= MONTHS else "year"


def time_key(table: ir.Table, step: str) -> Any:
    """Return the day, month or year of a row as a text that sorts."""
    form = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[step]
    return table[TIME].strftime(form)


def segment_key(table: ir.Table, levels: tuple[str, ...]) -> Any:
    """Return the segment of a row; segments beyond the *levels* are one."""
    import ibis

    return ibis.ifelse(table[BY].isnull() | table[BY].isin(levels), table[BY], ibis.literal(OTHERS))


def levels_query(found: Opened) -> ir.Table:
    """Return the largest segments with their rows."""
    table = found.working.table.select(BY)
    counted = table.group_by(BY).aggregate(rows=table.count()).filter(lambda t: t[BY].notnull())
    return counted.order_by(counted["rows"].desc(), counted[BY]).limit(MOST_SEGMENTS)


def slice_query(found: Opened, columns: tuple[str, ...], key: Any, centres: dict[str, float]) -> ir.Table:
    """Return one row a slice: rows, labelled, events, and per column what is known of it."""
    import ibis

    table = found.working.table
    sums: dict[str, Any] = {"rows": table.count()}
    if LABEL in found.working.roles:
        sums |= {"labelled": table[LABEL].count(), "events": table[LABEL].sum()}
    for i, column in enumerate(columns):
        value = table[column]
        sums[f"k{i}"] = value.count()
        if column in centres and found.kinds[column] == "number":
            if value.type().is_floating():
                value = ibis.ifelse(value.abs() <= LARGEST, value, ibis.null("float64"))
            apart = value.cast("float64") - centres[column]
            sums |= {f"n{i}": value.count(), f"l{i}": value.min(), f"h{i}": value.max()}
            sums |= {f"a{i}": apart.sum(), f"q{i}": (apart * apart).sum()}
    return table.group_by(key=key).aggregate(**sums).order_by("key")


def read_slices(
    answer: pa.Table, found: Opened, columns: tuple[str, ...], centres: dict[str, float]
) -> tuple[Slice, ...]:
    """Turn the answer to *slice_query* into records, in order of name; rows without a key are one called missing."""
    slices = []
    for row in answer.to_pylist():
        some = {
            c: _moments(row, i, centres[c])
            for i, c in enumerate(columns)
            if c in centres and found.kinds[c] == "number"
        }
        known = {c: row[f"k{i}"] for i, c in enumerate(columns)}
        name = "(missing)" if row["key"] is None else row["key"]
        slices.append(Slice(name, row["rows"], row.get("labelled") or 0, int(row.get("events") or 0), known, some))
    return tuple(sorted(slices, key=lambda s: (s.name == "(missing)", s.name == OTHERS, s.name)))


def _moments(row: dict[str, Any], i: int, centre: float) -> Moments:
    if not row[f"n{i}"]:
        return Moments.empty()
    sums = np.array([[float(row[f"{letter}{i}"]) for letter in "nlhaq"]])
    return moments(sums, centre)
