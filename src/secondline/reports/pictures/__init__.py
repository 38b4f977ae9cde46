"""Pictures: charts of evidence. A chart appears when an answer holds the table it needs, and not otherwise."""

from __future__ import annotations

from secondline.reports.pictures.change import ranking, shift
from secondline.reports.pictures.cuts import forest, series
from secondline.reports.pictures.overview import outcomes, waterfall
from secondline.reports.pictures.rates import bands, curves, rates, reliability

__all__ = ["bands", "curves", "forest", "outcomes", "ranking", "rates", "reliability", "series", "shift", "waterfall"]
