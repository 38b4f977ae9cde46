"""The report as one HTML file: no network, no library, readable without scripts."""

from __future__ import annotations

from secondline.reports.html.page import render

__all__ = ["render"]
