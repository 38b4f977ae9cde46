"""Sheets: Excel workbooks read, written and inspected; nothing in them is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from secondline.core.errors import DataError, MissingExtra

MOST_BYTES = 100_000_000
MOST_UNPACKED = 1_000_000_000
# What XML cannot hold is written as Excel itself writes it: _x0001_.
UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
SPOKEN = re.compile(r"_x([0-9A-Fa-f]{4})_")
MANY_FORMULAS, MANY_LINKS = 1_000, 5


def _library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtra.needs("Reading or writing Excel files", "excel") from error
    return openpyxl


def _opened(source: Path | bytes, unpacked: int = MOST_UNPACKED, **options: Any) -> Any:
    """Open a workbook, having refused what is too large, packed to burst, or no workbook at all."""
    openpyxl = _library()
    name = source.name if isinstance(source, Path) else "The workbook"
    try:
        if (source.stat().st_size if isinstance(source, Path) else len(source)) > MOST_BYTES:
            raise DataError(f"{name} is larger than {MOST_BYTES:,} bytes. Split it.")
        file: Any = source if isinstance(source, Path) else BytesIO(source)
        with ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > unpacked:
                raise DataError(f"{name} unpacks to more than {unpacked:,} bytes. Nobody typed that.")
        return openpyxl.load_workbook(file, **options)
    except OSError as error:
        raise DataError(f"Cannot read {str(source)!r}: {error.strerror or error}.") from error
    except (BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise DataError(f"{name} is no Excel workbook (.xlsx), or is damaged. Save it again and retry.") from error


def read_book(source: Path | bytes, *, unpacked: int = MOST_UNPACKED) -> dict[str, list[list[Any]]]:
    """Return the values of a workbook's visible sheets by name, rows of cells; formulas by their last result.

    *source* is a file or its bytes, *unpacked* how many bytes it may hold unpacked.

    Raises:
        DataError: it cannot be read, or is no workbook.
    """
    book = _opened(source, unpacked, read_only=True, data_only=True)
    try:
        return {
            sheet.title: [[_heard(v) for v in row] for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        }
    finally:
        book.close()


def _heard(value: Any) -> Any:
    return SPOKEN.sub(lambda m: chr(int(m[1], 16)), value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Shape:
    """How a sheet looks: columns that are wide and wrap, in characters, and columns with a list to choose from."""

    widths: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def book_of(
    sheets: Mapping[str, Iterable[Sequence[str | int | float]]], shapes: Mapping[str, Shape] | None = None
) -> bytes:  # fmt: skip
    """Return a workbook with these sheets; the first row of each is its head. No cell is a formula."""
    openpyxl = _library()
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book, bold, wrapped = openpyxl.Workbook(write_only=True), Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for name, some in sheets.items():
        sheet, rows = book.create_sheet(name[:31]), list(some)
        sheet.freeze_panes = "B2"
        if shape := (shapes or {}).get(name):
            _shaped(sheet, shape, rows)
        for number, row in enumerate(rows):
            made = []
            for value in row:
                said = _speakable(value)
                cell = WriteOnlyCell(sheet, value=said)
                if isinstance(said, str):
                    cell.data_type = "s"  # else text that begins with = would become a formula
                if number == 0:
                    cell.font = bold
                elif shape:
                    cell.alignment = wrapped
                made.append(cell)
            sheet.append(made)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _shaped(sheet: Any, shape: Shape, rows: Sequence[Sequence[Any]]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letters = {str(title): get_column_letter(place) for place, title in enumerate(rows[0] if rows else (), 1)}
    for title, letter in letters.items():
        sheet.column_dimensions[letter].width = shape.widths.get(title, len(title) + 6)
    for title, words in shape.choices.items():
        rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
        rule.add(f"{letters[title]}2:{letters[title]}{max(len(rows), 2)}")
        sheet.data_validations.append(rule)


def _speakable(value: Any) -> Any:
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        return repr(value)  # a workbook's numbers end at 16 digits; as text it comes back whole
    return UNSPEAKABLE.sub(lambda m: f"_x{ord(m[0]):04X}_", value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a workbook holds that makes it hard to check, and where."""

    formulas: int
    links: int
    macros: bool
    hidden_sheets: int
    errors: int
    complexity: str
    notes: tuple[str, ...]


def inspect(path: Path) -> Inspection:
    """Inspect a workbook kept by its users: formulas, links to other files, macros, hidden sheets, errors.

    Raises:
        DataError: it cannot be read, or is no workbook.
    """
    book = _opened(path, keep_links=False)
    with ZipFile(path) as packed:
        names = packed.namelist()
    links = sum(bool(re.fullmatch(r"xl/externalLinks/externalLink\d+\.xml", name)) for name in names)
    macros = any(name.endswith("vbaProject.bin") for name in names)
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    formulas, fixed, errors = _counted(book)
    notes = [f"hidden sheet {name!r}" for name in hidden]
    notes += [f"a number is fixed inside the formula in {place}" for place in fixed[:20]]
    notes += [f"{place} shows an error" for place in errors[:20]]
    level = complexity(formulas, links, macros=macros, hidden=len(hidden))
    return Inspection(formulas, links, macros, len(hidden), len(errors), level, tuple(notes))


def _counted(book: Any) -> tuple[int, list[str], list[str]]:
    formulas, fixed, errors = 0, [], []
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                place = f"{sheet.title}!{cell.coordinate}"
                if cell.data_type == "f":
                    formulas += 1
                    if re.search(r"(?<![\w$.:!\"'])\d{2,}(\.\d+)?(?![\w:!\"'])", str(cell.value)):
                        fixed.append(place)
                elif cell.data_type == "e":
                    errors.append(place)
    return formulas, fixed, errors


def complexity(formulas: int, links: int, *, macros: bool, hidden: int) -> str:
    """Return how hard a workbook is to check: a point for each of four things, and one more for much of it."""
    points = (formulas > 0) + (formulas > MANY_FORMULAS) + (links > 0) + (links > MANY_LINKS) + macros + (hidden > 0)
    return "low" if points <= 1 else "medium" if points <= 3 else "high"  # noqa: PLR2004 - said above
