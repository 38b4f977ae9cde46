"""A draft as a Word document that a bank can restyle with a template of its own."""

from __future__ import annotations

from secondline.reports.docx.render import render as render
