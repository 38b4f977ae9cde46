"""Counts: how many rows and how many values are distinct, exactly or by a sketch whose error is known."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from secondline.core.tables import Sample
from secondline.frames.engines import value_hash
from secondline.frames.facts import HASH_SPACE, LOW_HALF, fingerprint, hashed
from secondline.frames.relation import Relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

KEPT = 1 << 16
"""Distinct values a sketch keeps, about: their count is then right to 0.4 %."""
MOST_HASHED = 20_000_000
"""Rows up to which duplicates are counted exactly."""
MARGIN = 2.0


@dataclass(frozen=True, slots=True)
class Count:
    """A count and its standard error, 0 when every row was counted."""

    value: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows that repeat an earlier row in every column, and the fingerprint of all rows ("" from a sketch)."""

    rows: Count
    fingerprint: str


def repeats_query(relation: Relation, rows: int) -> ir.Table:
    """Return one row: rows and distinct rows by their hash, and the sums a fingerprint is made of."""
    table = hashed(relation).select("@hash")
    if rows > MOST_HASHED:
        table = table.filter(table["@hash"] < _below(MOST_HASHED / rows))
    keys = table.group_by("@hash").aggregate(n=table.count())
    more = keys["n"] - 1
    return keys.aggregate(
        more=more.sum(),
        squares=(more * more).sum(),
        hash_low=((keys["@hash"] & LOW_HALF) * keys["n"]).sum(),
        hash_high=((keys["@hash"] >> 32) * keys["n"]).sum(),
    )


def _below(share: float) -> int:
    return int(HASH_SPACE * min(share, 1.0)) - (share >= 1.0)


def read_repeats(relation: Relation, answer: pa.Table, rows: int) -> Repeats:
    """Turn the answer to *repeats_query* into a record."""
    row = {name: int(answer[name][0].as_py() or 0) for name in answer.column_names}
    share = min(MOST_HASHED / rows, 1.0)
    # A key falls below the threshold with all its rows or not at all.
    error = math.sqrt((1 - share) * row["squares"]) / share
    print_ = fingerprint(relation, {**row, "rows": rows}) if share >= 1.0 else ""
    return Repeats(Count(row["more"] / share, error), print_)


def shares(sample: Sample, columns: tuple[str, ...]) -> dict[str, float]:
    """Return, for each column, the share of the space of hashes to count distinct values in: 1 is all of it."""
    return {
        column: min(1.0, 2.0 ** -math.floor(math.log2(max(_guess(sample, column) / KEPT, 1.0)))) for column in columns
    }


def _guess(sample: Sample, column: str) -> float:
    """About how many distinct values a column has (Chao 1984, from those the sample has once and twice)."""
    values = sample.columns[column]
    counts = (
        _counts(values) if values.dtype == object else np.unique(values[np.isfinite(values)], return_counts=True)[1]
    )
    if not len(counts):
        return 0.0
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())  # noqa: PLR2004 - twice
    if sample.size >= sample.total:
        return float(len(counts))
    return min(float(sample.total), MARGIN * (len(counts) + once * once / (2 * max(twice, 1))))


def _counts(texts: Any) -> Any:
    found = Counter(texts.tolist())
    found.pop(None, None)
    return np.array(list(found.values()), dtype=np.int64)


def distinct_query(relation: Relation, share: dict[str, float]) -> ir.Table:
    """Return one row: the distinct known values of each column, or those whose hash is below the column's share."""
    import ibis

    sums: dict[str, Any] = {}
    for i, (column, part) in enumerate(share.items()):
        value = relation.table[column]
        if part < 1.0:
            name = f"h{i}"
            hash_ = value_hash(value)
            value = ibis.ifelse(value.notnull() & (hash_ < _below(part)), hash_, ibis.null("int64"))
            sums[name] = value.nunique()
        else:
            sums[f"d{i}"] = value.nunique()
    return relation.table.aggregate(**sums)


def read_distinct(answer: pa.Table, share: dict[str, float]) -> dict[str, Count]:
    """Turn the answer to *distinct_query* into counts; of k kept at a share p the error is ``sqrt(k (1 - p)) / p``."""
    found = {}
    for i, (column, part) in enumerate(share.items()):
        kept = answer[f"h{i}" if part < 1.0 else f"d{i}"][0].as_py() or 0
        found[column] = Count(kept / part, math.sqrt(kept * (1 - part)) / part)
    return found


def text_query(relation: Relation, columns: tuple[str, ...]) -> ir.Table:
    """Return one row: blank texts and the shortest and longest length of each text column."""
    sums: dict[str, Any] = {}
    for i, column in enumerate(columns):
        text = relation.table[column]
        sums |= {f"b{i}": (text.strip() == "").cast("int64").sum(), f"l{i}": text.length().min()}
        sums[f"h{i}"] = text.length().max()
    return relation.table.aggregate(**sums)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is known of a column of texts: rows that are empty or spaces only, and the range of lengths."""

    blank: int
    shortest: int | None
    longest: int | None


def read_texts(answer: pa.Table, columns: tuple[str, ...]) -> dict[str, Texts]:
    """Turn the answer to *text_query* into records."""

    def value(name: str) -> Any:
        return answer[name][0].as_py()

    return {c: Texts(int(value(f"b{i}") or 0), value(f"l{i}"), value(f"h{i}")) for i, c in enumerate(columns)}


def nulls_query(relation: Relation, columns: tuple[str, ...]) -> ir.Table:
    """Return one row: the nulls of columns that nothing else is asked of."""
    table = relation.source.table
    return table.aggregate(**{f"n{i}": table[c].isnull().cast("int64").sum() for i, c in enumerate(columns)})
