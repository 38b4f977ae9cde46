"""Sheets of raters: out as CSV or Excel, back as either, bounded, and kept as they came."""

from __future__ import annotations

from io import BytesIO

import pytest

from secondline.core.errors import DataError
from secondline.evals.labelling import COLUMNS, read_csv, write_csv
from secondline.workflow.labelling import sheets
from secondline.workflow.labelling.desk import Desk
from secondline.workflow.labelling.giving import plan, say
from secondline.workflow.sheets import read_book

AT = COLUMNS.index("verdict")


@pytest.mark.parametrize("kind", [sheets.CSV, sheets.EXCEL])
def test_a_sheet_is_blank_unless_it_is_ones_own(desk: Desk, kind: sheets.Kind) -> None:
    """What a rater said is filled in for themselves, and for nobody else."""
    work = plan(desk, "questions", "faithful", 8, ("vera",), by="vera", seed=3)
    say(desk, work, work.open_for("vera")[0].id, "vera", "fail", "Odd.")
    work = desk.work(work.id)

    def verdicts(*, filled: bool) -> list[str]:
        content = sheets.sheet_of(desk, work, "vera", kind, filled=filled)
        rows = read_csv(content) if kind == sheets.CSV else read_book(content)["labels"]
        return [row[AT] for row in rows[1:] if row[AT]]

    assert verdicts(filled=True) == ["fail"]
    assert verdicts(filled=False) == []


def test_a_workbook_offers_the_verdicts_and_wraps(desk: Desk) -> None:
    """The column of verdicts has a list to choose from, and long texts wrap in wide columns."""
    import openpyxl

    work = plan(desk, "questions", "faithful", 8, ("vera",), by="vera", seed=3)
    book = openpyxl.load_workbook(BytesIO(sheets.sheet_of(desk, work, "vera", sheets.EXCEL)))
    sheet = book["labels"]
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"pass,fail,unsure"', "G2:G9")
    assert sheet.column_dimensions["F"].width == 60
    assert sheet["F2"].alignment.wrap_text


def test_a_sheet_is_taken_whole_and_kept(desk: Desk) -> None:
    """What came is filed with the sheet it came in; the same sheet again files nothing."""
    work = plan(desk, "questions", "faithful", 8, ("vera",), by="vera", seed=3)
    rows = read_csv(sheets.sheet_of(desk, work, "vera", sheets.CSV))
    content = write_csv([rows[0], *([*r[:AT], "pass", ""] for r in rows[1:])]).encode()
    assert sheets.take(desk, work, "vera", content, by="val") == (8, 0)
    work = desk.work(work.id)
    assert sheets.take(desk, work, "vera", content, by="val") == (0, 0)
    (filing,) = work.doc["filings"].values()
    assert desk.ledger.objects.get(filing["sheet"]) == content


def test_what_is_too_large_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet beyond its bound, a workbook that unpacks beyond its, and an endless note are refused."""
    work = plan(desk, "questions", "faithful", 8, ("vera",), by="vera", seed=3)
    book = sheets.sheet_of(desk, work, "vera", sheets.EXCEL)
    rows = read_csv(sheets.sheet_of(desk, work, "vera", sheets.CSV))
    noted = write_csv([rows[0], *([*r[:AT], "pass", "x" * 5_000] for r in rows[1:])]).encode()
    with pytest.raises(DataError, match="The note on the task"):
        sheets.labels_in(noted, work.plan, "vera")
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1_000)
    with pytest.raises(DataError, match="unpacks to more than 1,000 bytes"):
        sheets.labels_in(book, work.plan, "vera")
    monkeypatch.setattr(sheets, "MOST_BYTES", 1_000)
    with pytest.raises(DataError, match="larger than 1,000 bytes"):
        sheets.labels_in(book, work.plan, "vera")
