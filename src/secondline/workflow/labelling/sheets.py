"""Sheets: a rater's blinded sheet as CSV or Excel, and its labels when it comes back, checked row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from secondline.core.errors import DataError
from secondline.evals.labelling import Label, Plan, blinded, read, read_csv, write_csv
from secondline.workflow.labelling.desk import Desk, Work
from secondline.workflow.labelling.giving import LONGEST, VERDICTS, file
from secondline.workflow.sheets import Shape, book_of, read_book

SHEET = "labels"
Kind = Literal["csv", "xlsx"]
CSV: Kind = "csv"
EXCEL: Kind = "xlsx"
MEDIA: Mapping[Kind, str] = {
    CSV: "text/csv; charset=utf-8",
    EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_BYTES, MOST_UNPACKED = 20_000_000, 200_000_000
"""Bytes of a sheet, and of what a workbook unpacks to."""
SHAPE = Shape({"instructions": 40, "question": 40, "context": 60, "answer": 60, "note": 30}, {"verdict": VERDICTS})
"""How wide the columns of a workbook are, and which words may stand in one."""
ZIP = b"PK\x03\x04"


def sheet_of(desk: Desk, work: Work, rater: str, kind: Kind, *, filled: bool = False) -> bytes:
    """Return the blinded sheet of a rater; *filled* with what they said already, which nobody else is shown.

    Raises:
        DataError: the plan gives the rater nothing, or an answer of it is not among those that are kept.
        MissingExtra: Excel is asked for and its library is not there.
    """
    mine = (x for x in work.labels if filled and x.rater == rater and not x.adjudicated)
    said = {x.task: (x.verdict, x.note) for x in mine}
    sheet = blinded(work.plan, rater, desk.rows, desk.asks, said)
    if kind == EXCEL:
        return book_of({SHEET: sheet}, {SHEET: SHAPE})
    return write_csv(sheet).encode()


def labels_in(content: bytes, plan: Plan, rater: str) -> list[Label]:
    """Return the labels of a sheet that came back, CSV or Excel, as its own bytes tell.

    Raises:
        DataError: it is too large or cannot be read, or a row is wrong: every wrong row is named, nothing is taken.
    """
    if len(content) > MOST_BYTES:
        raise DataError(f"The sheet is larger than {MOST_BYTES:,} bytes. It is not one that was handed out.")
    labels = read(_rows(content), plan, rater)
    if long := next((label.task for label in labels if len(label.note) > LONGEST), ""):
        raise DataError(f"The note on the task {long!r} is longer than {LONGEST:,} characters.")
    return labels


def _rows(content: bytes) -> Sequence[Sequence[Any]]:
    if not content.startswith(ZIP):
        return read_csv(content)
    book = read_book(content, unpacked=MOST_UNPACKED)
    return book.get(SHEET) or next(iter(book.values()), [])


def take(desk: Desk, work: Work, rater: str, content: bytes, *, by: str, via: str = "") -> tuple[int, int]:
    """File the labels of a sheet that came back, with the sheet itself; return how many are new, and changed.

    Raises:
        DataError: the sheet is wrong; nothing is taken then.
        Refused: the rater is not the plan's, or another than they or the second line files it.
    """
    labels = labels_in(content, work.plan, rater)
    return file(desk, work, rater, labels, by=by, via=via, sheet=desk.ledger.objects.put(content))
