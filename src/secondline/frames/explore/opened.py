"""Opened: a population without a model, its columns sorted by what can be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from secondline.core.errors import SHOWN, DataError, near
from secondline.core.spec import Population
from secondline.frames.engines import compile_sql, connect, mapped, run_sql
from secondline.frames.peek import MOST_COLUMNS
from secondline.frames.relation import LABEL, TIME, Relation, is_number
from secondline.frames.sources import Source, open_source

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import pyarrow as pa
    from ibis.backends import BaseBackend

BY = "@by"
"""The segment a row belongs to, as text."""
Kind = Literal["number", "text", "boolean", "time", "other"]
LEVELS_NAMED = 6


@dataclass(frozen=True, slots=True)
class Roles:
    """What the user, or a guess, says of the columns. *event* is the label's value that marks the event."""

    label: str | None = None
    time: str | None = None
    by: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A population to look at.

    ``relation`` has the source's columns as they are; ``working`` the same with times as seconds since 1970 and what
    has no plain type as text, and the roles as ``@`` columns. ``kinds`` says of each column what it is.
    """

    relation: Relation
    working: Relation
    kinds: dict[str, Kind]

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The columns that can be counted: all but nested and binary ones."""
        return tuple(name for name, kind in self.kinds.items() if kind != "other")


def engine() -> BaseBackend:
    """Return a fresh embedded engine whose clock has no zone of its own."""
    con = connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def opened(name: str, data: Any, con: BaseBackend, columns: Sequence[str] = ()) -> Opened:
    """Open a path, or a pandas, polars, Arrow or Ibis table; *columns* narrows it. No row is read.

    Raises:
        DataError: it cannot be opened, has no column, too many of them, or lacks one that is named.
    """
    value = Population(data=str(data)) if isinstance(data, (str, Path)) else data
    if hasattr(value, "columns") and not len(value.columns):
        raise DataError(f"{name!r} has no columns, so there is nothing to look at.")
    source = open_source(name, value, Path(), con)
    if columns:
        for column in columns:
            known(source, column, "--column")
        source = replace(source, table=source.table.select(*dict.fromkeys(columns)))
    return _sorted(source)


def known(source: Source, column: str, asked: str) -> None:
    """Raise a DataError when *column*, which *asked* names, is not there; it says which ones are close."""
    names = source.table.columns
    if column not in names:
        some = ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
        hint = near(column, names, f"It has: {some}.")
        raise DataError(f"{source.origin!r} has no column {column!r} (named by {asked}). {hint}")


def _sorted(source: Source) -> Opened:
    schema = source.table.schema()
    if len(schema) > MOST_COLUMNS:
        raise DataError(
            f"{source.origin!r} has {len(schema):,} columns; one look takes {MOST_COLUMNS:,} at most. "
            f"Name those you want with --column."
        )
    if odd := [c for c in schema if c.startswith("@")]:
        raise DataError(f"{source.origin!r} has a column {odd[0]!r}; names that begin with @ are reserved. Rename it.")
    kinds: dict[str, Kind] = {column: _kind(dtype) for column, dtype in schema.items()}
    plain = Relation(
        name=source.name,
        source=source,
        table=source.table,
        features=tuple(c for c, kind in kinds.items() if kind != "other"),
        types={c: "null" if _is_nothing(dtype) else str(dtype) for c, dtype in schema.items()},
        weighted=False,
        probability=False,
    )
    changed = {c: _plain(source.table[c], kinds[c]) for c in plain.features}
    working = source.table.mutate(**changed) if changed else source.table
    return Opened(plain, replace(plain, table=working), kinds)


def _kind(dtype: dt.DataType) -> Kind:
    if dtype.is_boolean():
        return "boolean"
    if is_number(dtype):
        return "number"
    if dtype.is_timestamp() or dtype.is_date():
        return "time"
    return "text" if dtype.is_string() or dtype.is_uuid() or _is_nothing(dtype) else "other"


def _is_nothing(dtype: dt.DataType) -> bool:
    """Whether a column has no type because it has no value; the engine's own word for it is not known to Ibis."""
    return dtype.is_null() or (dtype.is_unknown() and 'kind="NULL"' in str(dtype))


def _plain(value: Any, kind: Kind) -> Any:
    import ibis

    if _is_nothing(value.type()):
        return ibis.null("string")
    if kind == "time":
        return value.cast("timestamp").epoch_seconds().cast("float64")
    if kind == "number":
        return value.cast("float64") if value.type().is_decimal() or value.type().is_floating() else value
    return value if kind == "boolean" else value.cast("string")


def with_roles(found: Opened, roles: Roles) -> Opened:
    """Return the population with its roles as columns, every one of them checked against the data.

    Raises:
        DataError: a role's column is not there, has the wrong type, or the label does not hold two classes.
    """
    source = found.relation.source
    for column, option in ((roles.label, "--label"), (roles.time, "--time"), (roles.by, "--by")):
        if column is not None:
            known(source, column, option)
    added: dict[str, Any] = {}
    if roles.label is not None:
        added[LABEL] = _label(found, roles.label, roles.event)
    if roles.time is not None:
        added[TIME] = _instant(found, roles.time)
    if roles.by is not None:
        if found.kinds[roles.by] == "other":
            raise DataError(f"--by {roles.by}: a column of type {found.relation.types[roles.by]} has no levels.")
        added[BY] = source.table[roles.by].cast("string")
    # From the source's own columns, before times became seconds.
    table = source.table.mutate(**added) if added else source.table
    table = table.mutate(**{c: _plain(source.table[c], found.kinds[c]) for c in found.looked_at})
    working = replace(found.working, table=table, roles=frozenset(added))
    return replace(found, working=working)


def _instant(found: Opened, column: str) -> Any:
    if found.kinds[column] != "time":
        kind = found.relation.types[column]
        raise DataError(f"--time {column}: the column is of type {kind}, but must be a date or a timestamp.")
    return found.relation.source.table[column].cast("timestamp")


def _label(found: Opened, column: str, event: str | None) -> Any:
    import ibis

    value, kind = found.relation.source.table[column], found.kinds[column]
    if event is not None:
        text = value.cast("string")
        _event_is_there(found, column, text, event)
        return ibis.ifelse(text.isnull(), ibis.null("int16"), (text == event).cast("int16"))
    if kind not in {"number", "boolean"}:
        raise DataError(
            f"--label {column}: the column is of type {found.relation.types[column]}, but must hold 0 and 1. "
            f"It has: {_levels(found, column)}. Say which value marks the event with --event."
        )
    if value.type().is_floating():
        value = ibis.ifelse(value.isnan(), ibis.null(value.type()), value)
    _two_classes(found, column, value)
    return value.cast("int16")


def _event_is_there(found: Opened, column: str, text: Any, event: str) -> None:
    if not _asked(found, column, rows=(text == event).cast("int64").sum())["rows"]:
        named = _names(found, column)
        hint = near(event, named, f"It has: {', '.join(map(repr, named[:LEVELS_NAMED]))}.")
        raise DataError(f"--event {event}: no row has this value in {column!r}. {hint}")


def _two_classes(found: Opened, column: str, value: Any) -> None:
    number = value.cast("float64")
    odd = value.notnull() & (number != 0) & (number != 1)
    answer = _asked(found, column, bad=odd.cast("int64").sum(), rows=value.count(), low=number.min(), high=number.max())
    if answer["bad"]:
        raise DataError(
            f"--label {column}: {answer['bad']:,} of {answer['rows']:,} values are neither 0 nor 1 "
            f"(they run from {answer['low']:g} to {answer['high']:g}). "
            f"Recode it so that 1 marks the event, or name the value that marks it with --event."
        )


def _asked(found: Opened, column: str, **sums: Any) -> dict[str, Any]:
    query = found.relation.source.table.aggregate(**sums)
    answer = _ran(query, f"the label {column!r}")
    return {name: answer[name][0].as_py() for name in answer.column_names}


def _names(found: Opened, column: str) -> list[str]:
    text = found.relation.source.table.select(level=found.relation.source.table[column].cast("string"))
    counted = text.group_by("level").aggregate(rows=text.count())
    query = counted.order_by(counted["rows"].desc(), counted["level"]).limit(200)
    return [name for name in _ran(query, f"the levels of {column!r}")["level"].to_pylist() if name is not None]


def _levels(found: Opened, column: str) -> str:
    named = _names(found, column)
    return ", ".join(map(repr, named[:LEVELS_NAMED])) + (", ..." if len(named) > LEVELS_NAMED else "")


def _ran(query: Any, what: str) -> pa.Table:
    with mapped(f"Looking at {what}"):
        return run_sql(query, compile_sql(query))
