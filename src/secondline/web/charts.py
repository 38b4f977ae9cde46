"""Charts: the renderer of the reports, for pages: drawn once, told in words, with the numbers beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from secondline.reports.charts import to_svg
from secondline.reports.charts.theme import Spec
from secondline.web.rendering import markup


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: ``svg`` to show, ``says`` for those who cannot see it, ``rows`` for those who want numbers."""

    svg: Markup
    says: str
    caption: str
    rows: tuple[Mapping[str, Any], ...]


def drawn(spec: Spec, rows: Sequence[Mapping[str, Any]], says: str, caption: str = "") -> Chart:
    """Return *spec* (from :func:`secondline.reports.charts.theme.chart`) drawn; equal specs are drawn once."""
    return Chart(markup(inert(to_svg(spec))), says, caption, tuple(rows))


def inert(svg: str) -> str:
    """Return a drawing without what the page's policy forbids: styles of its own."""
    import re

    return re.sub(r'\sstyle="[^"]*"', "", svg)
