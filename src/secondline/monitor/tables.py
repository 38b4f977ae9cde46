"""Tables: what the monitor keeps in SQL: offsets, the list of parts, day cells, readings, dead letters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Column, MetaData, Table

VERSION = "1"


@cache
def metadata() -> MetaData:
    """Return the metadata that holds every table."""
    from sqlalchemy import MetaData

    return MetaData()


def _number(name: str, *, key: bool = False, default: int | None = None) -> Column[Any]:
    from sqlalchemy import BigInteger, Column, Integer

    kind = BigInteger().with_variant(Integer, "sqlite")
    filled: dict[str, Any] = {} if default is None else {"default": default}
    return Column(name, kind, primary_key=key, autoincrement=False, nullable=False, **filled)


def _text(name: str, *, key: bool = False, default: str | None = None) -> Column[Any]:
    from sqlalchemy import Column, Text

    filled: dict[str, Any] = {} if default is None else {"default": default}
    return Column(name, Text, primary_key=key, nullable=False, **filled)


def _bytes(name: str) -> Column[Any]:
    from sqlalchemy import Column, LargeBinary

    return Column(name, LargeBinary, nullable=False)


@cache
def meta() -> Table:
    """Return the table of facts about the state itself: the version of its tables."""
    from sqlalchemy import Table

    return Table("monitor_meta", metadata(), _text("name", key=True), _text("value"))


@cache
def offsets() -> Table:
    """Return the table of how far each partition of the log has been taken in."""
    from sqlalchemy import Table

    return Table(
        "monitor_offsets", metadata(), _text("topic", key=True), _number("partition", key=True), _number("next"),
    )  # fmt: skip


@cache
def parts() -> Table:
    """Return the list of parts: Parquet files of events of one kind, model and (for decisions) version and day.

    ``audited`` is 1 once repetitions against other cells and late labels have been looked for, 2 where its ids are in
    the index of those seen too; ``retired`` is the second at which a merged part took its place, or 0.
    """
    from sqlalchemy import Index, Table

    numbers = [_number(name) for name in ("rows", "bytes", "first", "last", "known", "at")]
    return Table(
        "monitor_parts", metadata(), _text("file", key=True), _text("kind"), _text("model"), _text("version"),
        _number("day"), *numbers, _text("columns"), _number("audited", default=0), _number("retired", default=0),
        Index("monitor_parts_cell", "kind", "model", "version", "day"), Index("monitor_parts_new", "audited", "kind"),
    )  # fmt: skip


@cache
def cells() -> Table:
    """Return the table of day cells. One is stale while ``clean`` is below ``dirty``.

    ``repeated`` and ``contradicted`` count the rows left out because their event was already there, with the same
    content or another; ``label_last`` is the latest knowledge the record rests on, ``mature`` whether an absent label
    had come to mean something.
    """
    from sqlalchemy import Column, LargeBinary, Table

    counts = ("dirty", "clean", "rows", "labelled", "repeated", "contradicted", "label_last", "mature")
    return Table(
        "monitor_cells", metadata(), _text("model", key=True), _text("version", key=True), _number("day", key=True),
        *(_number(name, default=0) for name in counts), _text("plan", default=""), Column("records", LargeBinary),
    )  # fmt: skip


@cache
def strays() -> Table:
    """Return the table of event ids that turned up in more than one cell, with the place of the one that counts."""
    from sqlalchemy import Table

    return Table(
        "monitor_strays", metadata(), _text("id", key=True), _text("topic"), _number("partition"), _number("place"),
    )  # fmt: skip


@cache
def seen() -> Table:
    """Return the list of runs: files of the ids that were audited, by which an audit finds what it has seen before."""
    from sqlalchemy import Table

    return Table("monitor_seen", metadata(), _text("file", key=True), _text("kind"), _number("rows"))


@cache
def dead() -> Table:
    """Return the table of what could not be taken in, with the reason and where it came from."""
    from sqlalchemy import Column, LargeBinary, Table

    return Table(
        "monitor_dead", metadata(), _text("topic", key=True), _number("partition", key=True),
        _number("place", key=True), _text("reason"), _text("event"), Column("payload", LargeBinary), _number("at"),
    )  # fmt: skip


@cache
def watched() -> Table:
    """Return the table of the models watched: model.yaml, the reference, its cuts and its statistics."""
    from sqlalchemy import Table

    return Table(
        "monitor_watched", metadata(), _text("model", key=True), _text("digest"), _text("body"), _bytes("records"),
    )  # fmt: skip


@cache
def readings() -> Table:
    """Return the table of readings: each is added once and never changed."""
    from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table

    place = Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    return Table(
        "monitor_readings", metadata(), place, _text("model"), _text("version"), _number("start"), _number("end"),
        _text("segment"), _text("level"), _text("metric"), _text("basis"), _number("known"),
        Column("maturity", Float), _text("measured"), _text("digest"),
        Index("monitor_readings_of", "model", "metric", "start", "known"),
        Index("monitor_readings_once", "digest", unique=True),
    )  # fmt: skip


def every() -> list[Table]:
    """Return all tables."""
    return [meta(), offsets(), parts(), cells(), strays(), seen(), dead(), watched(), readings()]
