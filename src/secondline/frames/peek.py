"""Peek: the columns of a file at a glance, for guessing what each one is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from secondline.core.errors import DataError
from secondline.core.spec import Population
from secondline.frames.engines import compile_sql, connect, mapped, run_sql
from secondline.frames.relation import is_number
from secondline.frames.sources import open_source

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt

MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class ColumnPeek:
    """One column: its kind, about how many distinct values it has, and the range of a numeric one."""

    name: str
    kind: Literal["number", "text", "boolean", "time", "other"]
    rows: int
    distinct: int
    low: float | None = None
    high: float | None = None


def peek(path: Path) -> list[ColumnPeek]:
    """Return what the columns of a data file look like, from one scan.

    Raises:
        DataError: the file cannot be read, has no rows, or has more than MOST_COLUMNS columns.
    """
    table = open_source("data", Population(data=str(path.resolve())), Path(), connect()).table
    schema = table.schema()
    if len(schema) > MOST_COLUMNS:
        raise DataError(
            f"{path.name!r} has {len(schema):,} columns; init looks at {MOST_COLUMNS:,} at most. "
            f"Write model.yaml by hand."
        )
    sums: dict[str, Any] = {"rows": table.count()}
    for i, (name, dtype) in enumerate(schema.items()):
        sums[f"d{i}"] = table[name].approx_nunique()
        if is_number(dtype):
            sums |= {f"l{i}": table[name].min().cast("float64"), f"h{i}": table[name].max().cast("float64")}
    query = table.aggregate(**sums)
    with mapped(f"Reading {path.name!r}"):
        answer = run_sql(query, compile_sql(query))
    found = {name: answer[name][0].as_py() for name in answer.column_names}
    if not found["rows"]:
        raise DataError(f"{path.name!r} has no rows.")
    return [
        ColumnPeek(name, _kind(dtype), found["rows"], found[f"d{i}"] or 0, found.get(f"l{i}"), found.get(f"h{i}"))
        for i, (name, dtype) in enumerate(schema.items())
    ]


def _kind(dtype: dt.DataType) -> Literal["number", "text", "boolean", "time", "other"]:
    if dtype.is_boolean():
        return "boolean"
    if is_number(dtype):
        return "number"
    if dtype.is_string():
        return "text"
    return "time" if dtype.is_timestamp() or dtype.is_date() else "other"
