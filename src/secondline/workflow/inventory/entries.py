"""Entries: rows of any file on their way into the inventory, each with where it came from."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, SpecError
from secondline.workflow.inventory.cells import bare
from secondline.workflow.inventory.columns import TABLES, Mapped, mapped, stated, table_of
from secondline.workflow.sheets import read_book

MOST_ROWS = 200_000
MOST_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a file says: into which table, under which id, the form, where it stands, what is wrong with it."""

    table: str
    id: str
    form: dict[str, Any]
    where: str
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a file says, how its columns were understood, and what was left aside."""

    entries: tuple[Entry, ...]
    columns: dict[str, Mapped] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def slug(text: str) -> str:
    """Return text as an id: lower-case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:80]


def hear_table(path: Path, what: str = "models", wanted: Mapping[str, str] | None = None) -> Heard:
    """Read a CSV file of one table, or a workbook whose sheets are named as the tables.

    A workbook with a single sheet, or none named as a table, is read as *what*.

    Raises:
        DataError: it cannot be read.
        SpecError: a column the user names is not there.
    """
    if path.suffix.casefold() in {".xlsx", ".xlsm"}:
        book = read_book(path)
        named = {name: rows for name, rows in book.items() if name.strip().casefold() in TABLES}
        sheets = {n.strip().casefold(): rows for n, rows in named.items()} or {what: next(iter(book.values()), [])}
        left = [name for name in book if name not in named] if named else list(book)[1:]
        notes = tuple(f"sheet {name!r} is not named as a table and was left aside" for name in left)
    else:
        sheets, notes = {what: _csv(path)}, ()
    parts = [_rows(name, rows, wanted, path.name) for name, rows in sheets.items()]
    heard = Heard(
        tuple(e for p in parts for e in p.entries), {n: m for p in parts for n, m in p.columns.items()}, notes
    )
    if not heard.entries:
        raise DataError(f"{path.name} holds no rows below its head. The first row names the columns.")
    return heard


def hear_cells(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV file or of a workbook's first sheet, each as a mapping from head to cell."""
    excel = path.suffix.casefold() in {".xlsx", ".xlsm"}
    rows = next(iter(read_book(path).values()), []) if excel else _csv(path)
    heads = [str(h or "").strip() for h in rows[0]] if rows else []
    return [dict(zip(heads, row, strict=False)) for row in rows[1:] if any(v not in {None, ""} for v in row)]


def _csv(path: Path) -> list[list[Any]]:
    text = text_of(path)
    sample = text[:20_000]
    comma = max(",;\t|", key=lambda mark: sample.splitlines()[0].count(mark) if sample.strip() else 0)
    csv.field_size_limit(10_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True))
    except csv.Error as error:
        raise DataError(f"{path.name} is no CSV: {error}. Every quote that opens must close.") from error


def text_of(path: Path) -> str:
    """Return a file's text: UTF-8 with or without its mark, UTF-16 by its mark, else Windows-1252.

    Raises:
        DataError: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} is larger than {MOST_BYTES:,} bytes. Split it.")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{path.name} is no text in UTF-8 or Windows-1252. Save it as UTF-8.")


def _rows(name: str, rows: Sequence[Sequence[Any]], wanted: Mapping[str, str] | None, file: str) -> Heard:
    if len(rows) > MOST_ROWS:
        raise DataError(f"{file} has more than {MOST_ROWS:,} rows. Split it.")
    heads = [str(h or "").strip() for h in rows[0]] if rows else []
    twice = sorted({h for h in heads if h and heads.count(h) > 1})
    if twice:
        raise DataError(f"{file} names the column {twice[0]!r} twice. Give each its own name.")
    columns = mapped(name, [h for h in heads if h], wanted)
    if rows and not columns.heads:
        raise SpecError(f"No column of {file} is known for {name}. Say what they mean: --map 'THEIR HEAD=field'.")
    entries = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {columns.heads[h]: v for h, v in zip(heads, row, strict=False) if h in columns.heads}
        if any(v is not None and str(v).strip() for v in cells.values()):
            wrong = ("it has more cells than the head",) if len(row) > len(heads) and any(row[len(heads) :]) else ()
            entries.append(_entry(name, cells, f"{name} row {number}", wrong))
    return Heard(tuple(entries), {name: columns})


def _entry(name: str, cells: Mapping[str, Any], where: str, wrong: tuple[str, ...]) -> Entry:
    form, also = stated(name, cells)
    given = bare(str(cells.get("id") if cells.get("id") is not None else "")).strip()
    return entry(name, given, form, where, (*wrong, *also))


def entry(name: str, given: str, form: dict[str, Any], where: str, wrong: Iterable[str] = ()) -> Entry:
    """Return what a row says as an entry; an id that is no id of ours becomes one, and the old stays as an alias."""
    table = table_of(name)
    if table.record == "version":
        id_ = f"{form.get('model', '')}@{form.get('version', '')}"
        return Entry(name, id_, form, where, tuple(wrong))
    if table.key:
        return Entry(name, given, form, where, tuple(wrong))
    id_ = slug(given or str(form.get("name", "")))
    if table.record == "model" and given and given != id_ and given not in form.get("aliases", ()):
        form = {**form, "aliases": [*form.get("aliases", ()), given]}
    lost = () if id_ else ("it has neither an id nor a name",)
    return Entry(name, id_, form, where, (*wrong, *lost))
