"""The report as PDF: typeset, paged, tagged, archivable, and the same bytes for the same draft."""

from __future__ import annotations

from secondline.reports.pdf.render import render

__all__ = ["render"]
