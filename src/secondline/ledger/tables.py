"""Tables: one of truth, the events; the rest derived from it, to be thrown away and rebuilt at any time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import secondline.govern.records  # noqa: F401 - enters the records in the law
from secondline.core.canonical import digest
from secondline.govern.record import RECORDS, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Dialect, MetaData, Table

EVENT_FIELDS = ("seq", "at", "actor", "kind", "subject", "body", "reason", "via", "signature", "previous", "seal")
DOC_FIELDS = ("record", "id", "n", "seq", "body")
NOW, WAS = "now", "was"
INDEXES = "3"
"""Counted up when the indexes of derived tables change, so that they are made again."""


@cache
def metadata() -> MetaData:
    """Return the metadata that holds every table."""
    from sqlalchemy import MetaData

    return MetaData()


@cache
def events() -> Table:
    """Return the table of events."""
    from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

    texts = [Column(name, Text, nullable=False) for name in EVENT_FIELDS[1:-1]]
    place = BigInteger().with_variant(Integer, "sqlite")
    return Table(
        "events", metadata(), Column("seq", place, primary_key=True, autoincrement=False), *texts,
        Column("seal", Text, nullable=False, unique=True),
        Index("events_subject", "subject", "seq"), Index("events_kind", "kind", "seq"),
        Index("events_actor", "actor", "seq"), Index("events_at", "at", "seq"),
    )  # fmt: skip


@cache
def meta() -> Table:
    """Return the table of facts about the derived tables."""
    from sqlalchemy import Column, Table, Text

    return Table("meta", metadata(), Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


@cache
def docs() -> Table:
    """Return the table of whole documents as they stand."""
    from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

    return Table(
        "docs", metadata(), Column("record", Text, primary_key=True), Column("id", Text, primary_key=True),
        Column("n", Integer, nullable=False), Column("seq", BigInteger, nullable=False),
        Column("body", Text, nullable=False), Index("docs_number", "record", "n"),
        Index("docs_changed", "record", "seq"),
    )  # fmt: skip


@cache
def facets(record: str, span: str) -> Table:
    """Return the table of a record's facets: as they stand (``now``), or as they stood from one event to another."""
    from sqlalchemy import BigInteger, Column, Index, Table, Text

    kind, name = RECORDS[record], f"{span}_{record}"
    columns = [_column(kind, facet) for facet in kind.facets]
    since = Column("since", BigInteger, nullable=False)
    if span == NOW:
        head: list[Any] = [Column("id", Text, primary_key=True), since]
        indexes = [Index(f"{name}_{facet}", facet, "id") for facet in ("state", *kind.facets)]
        indexes += [Index(f"{name}_state_{day}", "state", day, "id") for day in kind.days]
        indexes += [Index(f"{name}_since", "since")]
    else:
        head = [Column("id", Text, nullable=False), since, Column("until", BigInteger, nullable=False)]
        indexes = [Index(f"{name}_id", "id", "since"), Index(f"{name}_until", "until")]
    return Table(name, metadata(), *head, Column("state", Text, nullable=False), *columns, *indexes)


def _column(record: Record, facet: str) -> Column[Any]:
    from sqlalchemy import BigInteger, Boolean, Column, Float, Text

    kinds: dict[type, Any] = {int: BigInteger, float: Float, bool: Boolean, str: Text}
    return Column(facet, kinds[record.kind(facet)]())


@cache
def checkpoints() -> Table:
    """Return the table of signed checkpoints: how many events, the note, and the right edge of the tree there."""
    from sqlalchemy import BigInteger, Column, Integer, Table, Text

    place = BigInteger().with_variant(Integer, "sqlite")
    return Table(
        "checkpoints", metadata(), Column("size", place, primary_key=True, autoincrement=False),
        Column("note", Text, nullable=False), Column("edge", Text, nullable=False),
    )  # fmt: skip


def truth() -> list[Table]:
    """Return the tables that cannot be rebuilt; migrations change them, nothing else does."""
    return [events(), meta(), checkpoints()]


def statements(dialect: Dialect, wanted: Sequence[Table]) -> list[str]:
    """Return the statements that make tables and their indexes."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    made: list[str] = []
    for table in wanted:
        parts: list[Any] = [
            CreateTable(table),
            *(CreateIndex(i) for i in sorted(table.indexes, key=lambda i: str(i.name))),
        ]
        made += [str(part.compile(dialect=dialect)) for part in parts]
    return made


def derived() -> list[Table]:
    """Return all derived tables."""
    return [docs(), *(facets(name, span) for name in RECORDS for span in (NOW, WAS))]


def shape_of_derived() -> str:
    """Return a digest of what the derived tables hold and how they are indexed; another digest means: rebuild."""
    return digest(sorted((r.name, r.prefix, INDEXES, *r.facets) for r in RECORDS.values()))
