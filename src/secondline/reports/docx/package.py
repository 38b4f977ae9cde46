"""The file around a document: opening a template, and writing the same bytes for the same content."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from secondline.core.errors import MissingExtra, SpecError
from secondline.reports import layout
from secondline.reports.blocks import Draft
from secondline.reports.docx.xml import legal

STAMP = (2000, 1, 1, 0, 0, 0)
TYPES = "[Content_Types].xml"
TEMPLATE, DOCUMENT = (
    f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}.main+xml".encode()
    for kind in ("template", "document")
)
A4 = (11906, 16838)
MARGIN = 1247


def opened(template: Path | None) -> Any:
    """Return an empty document, or one with the styles, page and headers of *template*, its text left out.

    Raises:
        MissingExtra: python-docx is not installed.
        SpecError: the template is not a Word document or template without macros.
    """
    try:
        from docx import Document
    except ImportError as missing:
        raise MissingExtra.needs("The Word report", "report") from missing
    if template is None:
        document = Document()
        _a4(document)
        return document
    try:
        document = Document(io.BytesIO(_as_document(template.read_bytes())))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SpecError(
            f"{str(template)!r} cannot be used as a Word template: {error}. Give a .docx or .dotx file without macros."
        ) from error
    body = document.element.body
    for child in list(body):
        if not child.tag.endswith("}sectPr"):
            body.remove(child)
    return document


def _as_document(content: bytes) -> bytes:
    """Return a template's bytes as a document's: only the declared type of the main part differs."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[TYPES] = parts[TYPES].replace(TEMPLATE, DOCUMENT)
    return _zipped(parts)


def _a4(document: Any) -> None:
    section = document.sections[0]
    size, margin = section._sectPr.get_or_add_pgSz(), section._sectPr.get_or_add_pgMar()  # noqa: SLF001 - python-docx has no public way
    size.w, size.h = (dxa * 635 for dxa in A4)
    for side in ("left", "right", "top", "bottom"):
        setattr(margin, side, MARGIN * 635)


def settled(document: Any, draft: Draft) -> bytes:
    """Return the document's bytes, with the properties of *draft* and nothing of the clock or the machine."""
    facts, at = document.core_properties, layout.dated(draft).replace(tzinfo=None)
    facts.title, facts.subject = legal(draft.title)[:255], legal(draft.subtitle)[:255]
    facts.author = facts.last_modified_by = legal(draft.meta.get("author", "secondline"))[:255]
    facts.created = facts.modified = at
    facts.revision, facts.language, facts.comments = 1, legal(draft.language)[:255], legal(draft.digest)[:255]
    facts.keywords = legal(draft.meta.get("keywords", ""))[:255]
    held = io.BytesIO()
    document.save(held)
    with zipfile.ZipFile(held) as package:
        return _zipped({name: package.read(name) for name in package.namelist()})


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(parts, key=lambda name: (name != TYPES, name)):
            package.writestr(zipfile.ZipInfo(name, STAMP), parts[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
