"""Reading: a Word document as plain text, its headings marked as in Markdown, its tables row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from secondline.core.errors import DataError, MissingExtra

MOST_UNPACKED = 200_000_000


def text_of(path: Path) -> str:
    """Return the text of a DOCX file.

    Raises:
        DataError: it is no Word document, or unpacks to an unreasonable size.
        MissingExtra: python-docx is not installed.
    """
    try:
        from docx import Document
    except ImportError as error:
        raise MissingExtra.needs("Reading a Word document", "report") from error
    try:
        with ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise DataError(f"{path.name} unpacks to more than {MOST_UNPACKED:,} bytes.")
        return "\n\n".join(filter(None, _lines(Document(str(path)))))
    except (BadZipFile, KeyError, ValueError) as error:
        raise DataError(f"{path.name} is no Word document that can be read: {str(error)[:120]}.") from error


def _lines(document: Any) -> Iterator[str]:
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            yield "\n".join(" | ".join(_cells(row)) for row in block.rows)
            continue
        heading = re.fullmatch(r"Heading (\d)", block.style.name if block.style else "")
        yield f"{'#' * int(heading[1])} {block.text.strip()}" if heading and block.text.strip() else block.text.strip()


def _cells(row: Any) -> list[str]:
    """Return the texts of a row; a merged cell comes once."""
    return list(dict.fromkeys(cell.text.strip() for cell in row.cells))
