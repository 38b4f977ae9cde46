"""Charts as Vega-Lite specifications: plain data, drawn late, the same in every form of the report."""

from __future__ import annotations

from secondline.reports.charts.calibration import bands, rates, reliability
from secondline.reports.charts.discrimination import gains, roc
from secondline.reports.charts.fairness import by_group
from secondline.reports.charts.overview import outcomes, waterfall
from secondline.reports.charts.segments import forest
from secondline.reports.charts.stability import ranking, shift
from secondline.reports.charts.svg import to_svg
from secondline.reports.charts.time import series

__all__ = [
    "bands",
    "by_group",
    "forest",
    "gains",
    "outcomes",
    "ranking",
    "rates",
    "reliability",
    "roc",
    "series",
    "shift",
    "to_svg",
    "waterfall",
]
