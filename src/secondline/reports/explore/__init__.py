"""The page of a first look: one HTML file, no network, no script, legible in the dark and on paper."""

from __future__ import annotations

from secondline.reports.explore.card import card
from secondline.reports.explore.page import render

__all__ = ["card", "render"]
