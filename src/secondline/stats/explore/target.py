"""Target: how the event rate moves with one column."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from secondline.core.estimate import Estimate, Measured
from secondline.core.explored import RateBar
from secondline.core.tables import Histogram
from secondline.stats.data.leakage import feature_auc, information_value
from secondline.stats.intervals import wilson


@dataclass(frozen=True, slots=True)
class Target:
    """One column against the label: rates by bin, the information value and the AUC of the column alone."""

    bins: list[RateBar]
    information: Measured
    auc: Measured


def target(histogram: Histogram, *, level: float = 0.95) -> Target:
    """Return how the event rate moves over the filled bins of *histogram*, in its order, special cells last.

    A bin without labelled rows has no rate; its interval is then [0, 1]. Numeric bins are named by the range they hold.
    """
    information = information_value(histogram, level=level)
    weights = _weights(histogram, information)
    bins = []
    for i in np.flatnonzero(histogram.rows):
        events, n = int(histogram.event_rows[i]), int(histogram.event_rows[i] + histogram.nonevent_rows[i])
        low, high = wilson(events, n, level) if n else (0.0, 1.0)
        rate = events / n if n else None
        rows = int(histogram.rows[i])
        bins.append(RateBar(named(histogram, int(i)), rows, n, events, rate, low, high, weights.get(int(i))))
    return Target(bins, information, feature_auc(histogram, level=level))


def _weights(histogram: Histogram, information: Measured) -> dict[int, float]:
    """Return the weight of evidence of each cell that has labelled rows, as the information value has them."""
    if not isinstance(information, Estimate):
        return {}
    filled = np.flatnonzero(histogram.event_weight + histogram.nonevent_weight > 0)
    return {int(i): float(w) for i, w in zip(filled, information.detail["woe"], strict=True)}


def named(histogram: Histogram, cell: int) -> str:
    """Return the name of a cell: of a numeric bin the value it holds, or the range from lowest to highest."""
    low, high = float(histogram.low[cell]), float(histogram.high[cell])
    if not math.isfinite(low) or not histogram.bins.numeric or cell >= histogram.bins.size:
        return histogram.bins.labels[cell]
    return _short(low) if low == high else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.4g}"  # noqa: PLR2004 - whole
