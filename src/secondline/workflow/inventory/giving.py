"""Giving out: the inventory as CSV, as a workbook and as JSON; what comes out goes in again unchanged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from secondline.workflow.inventory.columns import READ_ONLY, TABLES, cells, columns, table_of
from secondline.workflow.inventory.oscal import as_oscal
from secondline.workflow.sheets import book_of

if TYPE_CHECKING:
    from secondline.ledger.records import Records
    from secondline.ledger.store import Ledger

Row = Sequence[str | int | float]


def rows(records: Records, name: str) -> Iterator[Row]:
    """Yield the head and then one row for each record of a table."""
    table = table_of(name)
    yield ["id", *(c.head for c in columns(name)), *(f"{field}{READ_ONLY}" for field in table.shown_only)]
    for doc in records.find(table.record):
        yield list(cells(name, doc).values())


def as_csv(records: Records, name: str = "models") -> str:
    """Return one table as CSV that no spreadsheet takes for formulas."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows(records, name))
    return target.getvalue()


def as_book(records: Records) -> bytes:
    """Return the whole inventory as a workbook, a sheet for each table."""
    return book_of({name: rows(records, name) for name in TABLES})


def as_oscal_text(ledger: Ledger, records: Records) -> str:
    """Return the inventory as OSCAL-style JSON, marked with the head of the ledger it was made from."""
    found = as_oscal(records, title="Model inventory", at=ledger.clock(), head=ledger.head())
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
