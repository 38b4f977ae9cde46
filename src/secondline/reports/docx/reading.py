"""Reading: a Word document as plain text, its headings marked as in Markdown, its tables row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from secondline.core.errors import DataError, MissingExtra

MOST_UNPACKED = 200_000_000


def text_of(content: bytes, name: str, *, most_unpacked: int = MOST_UNPACKED) -> str:
    """Return the text of a DOCX file, given its bytes and the name that messages call it by.

    Raises:
        DataError: it is no Word document, or unpacks to an unreasonable size.
        MissingExtra: python-docx is not installed.
    """
    try:
        from docx import Document
    except ImportError as error:
        raise MissingExtra.needs("Reading a Word document", "report") from error
    try:
        with ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > most_unpacked:
                raise DataError(f"{name} unpacks to more than {most_unpacked:,} bytes.")
        return "\n\n".join(filter(None, _lines(Document(BytesIO(content)))))
    except (BadZipFile, KeyError, ValueError) as error:
        raise DataError(f"{name} is no Word document that can be read: {str(error)[:120]}.") from error


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
