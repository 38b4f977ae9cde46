"""Write: a run's report to a file, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from secondline.core.errors import SecondlineError, SpecError
from secondline.core.evidence import Run

if TYPE_CHECKING:
    from secondline.reports.blocks import Draft

FORMATS = (".html", ".docx", ".pdf")


def write_report(run: Run, path: Path, template: Path | None = None, value: Draft | None = None) -> Path:
    """Render the report of *run* by the path's suffix and write it in one step; returns the path.

    *value* is the report where more than the run is in it, such as passages that people have finished.

    Raises:
        SpecError: the suffix is none of .html, .docx and .pdf, or the template is not there.
        SecondlineError: the file cannot be written.
    """
    content = render(run, path.suffix.lower(), template, value)
    write_whole(path, content)
    return path


def render(run: Run, suffix: str, template: Path | None = None, value: Draft | None = None) -> bytes:
    """Return the report of *run* as HTML, DOCX or PDF bytes: the same run gives the same bytes."""
    from secondline.reports.draft import draft

    _must_be_known(suffix)
    if template is not None and not template.exists():
        raise SpecError(f"There is no Word template {str(template)!r}.")
    return rendered(value or draft(run), suffix, template)


def rendered(value: Draft, suffix: str, template: Path | None = None) -> bytes:
    """Return any draft as HTML, DOCX or PDF bytes.

    Raises:
        SpecError: the suffix is none of .html, .docx and .pdf.
    """
    _must_be_known(suffix)
    if suffix == ".html":
        from secondline.reports import html

        return html.render(value).encode()
    if suffix == ".docx":
        from secondline.reports import docx

        return docx.render(value, template)
    from secondline.reports import pdf

    return pdf.render(value)


def _must_be_known(suffix: str) -> None:
    if suffix not in FORMATS:
        raise SpecError(
            f"A report cannot be written as {suffix or 'a file without a suffix'!r}. Use {', '.join(FORMATS)}."
        )


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path* through a temporary file, so that a crash leaves the old file or the new one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SecondlineError(f"Cannot write {str(path)!r}: {error.strerror or error}.") from error
