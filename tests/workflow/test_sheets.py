"""Sheets: what is written is read back, nothing is run, and users' spreadsheets are inspected."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondline.core.errors import DataError
from secondline.workflow.sheets import book_of, complexity, inspect, read_book

CELLS = st.one_of(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.integers(0, 10**9))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.lists(CELLS, min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path: Path, row: list[str | int]) -> None:
    """Control characters, line ends and escapes of Excel's own included."""
    (tmp_path / "x.xlsx").write_bytes(book_of({"models": [["head"] * len(row), row]}))
    assert read_book(tmp_path / "x.xlsx")["models"][1] == row


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """Text that begins with = stays text."""
    (tmp_path / "x.xlsx").write_bytes(book_of({"s": [["=1+1", "+2", "@x"]]}))
    cells = openpyxl.load_workbook(tmp_path / "x.xlsx")["s"][1]
    assert [(c.value, c.data_type) for c in cells] == [("=1+1", "s"), ("+2", "s"), ("@x", "s")]


def workbook(path: Path) -> Path:
    """Write a spreadsheet such as users keep."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A2"], sheet["A3"] = 1, "=A1*1.05+120", "=SUM(A1:A2)"
    sheet["B1"], sheet["B2"] = "#REF!", "text"
    book.create_sheet("secret").sheet_state = "hidden"
    book.save(path)
    return path


def test_a_users_spreadsheet_is_inspected(tmp_path: Path) -> None:
    """Formulas counted, hidden sheets and fixed numbers named, errors found."""
    found = inspect(workbook(tmp_path / "euc.xlsx"))
    assert (found.formulas, found.links, found.macros, found.hidden_sheets, found.errors) == (2, 0, False, 1, 1)
    assert found.complexity == "medium"
    assert found.notes == (
        "hidden sheet 'secret'", "a number is fixed inside the formula in Sheet!A2", "Sheet!B1 shows an error",
    )  # fmt: skip


def test_macros_and_links_are_seen(tmp_path: Path) -> None:
    """By the parts of the file, which are never opened or run."""
    path = workbook(tmp_path / "euc.xlsm")
    with ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"not run")
        packed.writestr("xl/externalLinks/externalLink1.xml", "<x/>")
    found = inspect(path)
    assert (found.macros, found.links, found.complexity) == (True, 1, "high")


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ((0, 0, False, 0), "low"),
        ((10, 0, False, 0), "low"),
        ((10, 1, False, 0), "medium"),
        ((2000, 9, True, 1), "high"),
    ],
)
def test_complexity_grows(given: tuple[int, int, bool, int], level: str) -> None:
    """With formulas, links, macros and hidden sheets."""
    formulas, links, macros, hidden = given
    assert complexity(formulas, links, macros=macros, hidden=hidden) == level


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """A text file, and a zip of something else."""
    (tmp_path / "a.xlsx").write_text("text")
    with ZipFile(tmp_path / "b.xlsx", "w") as packed:
        packed.writestr("x.txt", "text")
    for name in ("a.xlsx", "b.xlsx"):
        with pytest.raises(DataError, match="no Excel workbook"):
            inspect(tmp_path / name)
