"""Histogram: weighted counts by bin, split by outcome, with the range of the values inside each bin."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from secondline.core.errors import MergeError
from secondline.core.tables._arrays import FloatArray, IntArray, as_json, same
from secondline.core.tables.bins import Bins


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts of one column by cell; every array has one entry per ``bins.labels``.

    ``rows`` and ``weight`` count all rows; ``event_*`` those with label 1 and ``nonevent_*`` those with label 0 (rows
    whose label is unknown are in neither). ``low`` and ``high`` are the smallest and largest finite value in the cell
    (NaN where there is none).
    """

    bins: Bins
    rows: IntArray
    weight: FloatArray
    weight_sq: FloatArray
    event_rows: IntArray
    event_weight: FloatArray
    nonevent_rows: IntArray
    nonevent_weight: FloatArray
    low: FloatArray
    high: FloatArray

    def __add__(self, other: Histogram) -> Histogram:
        """Return the histogram of the union of rows; both must be cut by the same bins."""
        if self.bins != other.bins:
            raise MergeError.different("histograms", "bins", self.bins.column, other.bins.column)
        summed = {
            f.name: getattr(self, f.name) + getattr(other, f.name)
            for f in fields(self)
            if f.name not in {"bins", "low", "high"}
        }
        return replace(self, low=np.fmin(self.low, other.low), high=np.fmax(self.high, other.high), **summed)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
