"""Histogram: weighted counts by bin, split by outcome, with the moments of the values inside each bin."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from secondline.core.errors import MergeError
from secondline.core.tables._arrays import FloatArray, IntArray, as_json, same
from secondline.core.tables.bins import Bins
from secondline.core.tables.moments import Moments


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts of one column by cell; every array has one entry per ``bins.labels``.

    ``rows`` and ``weight`` count all rows; ``event_*`` those with label 1 and ``nonevent_*`` those with label 0 (rows
    whose label is unknown are in neither). ``value_sum``, ``value_sq`` hold the weighted sums of x - shift and (x -
    shift)^2 of the finite values in the cell; ``low`` and ``high`` the smallest and largest (NaN where there is
    none).
    """

    bins: Bins
    rows: IntArray
    weight: FloatArray
    weight_sq: FloatArray
    event_rows: IntArray
    event_weight: FloatArray
    nonevent_rows: IntArray
    nonevent_weight: FloatArray
    value_sum: FloatArray
    value_sq: FloatArray
    low: FloatArray
    high: FloatArray
    shift: float = field(default=0.0)

    def __add__(self, other: Histogram) -> Histogram:
        """Return the histogram of the union of rows; both must be cut by the same bins."""
        if self.bins != other.bins:
            raise MergeError.different("histograms", "bins", self.bins.column, other.bins.column)
        moved = other._shifted_to(self.shift)
        summed = {
            f.name: getattr(self, f.name) + getattr(moved, f.name)
            for f in fields(self)
            if f.name not in {"bins", "low", "high", "shift"}
        }
        return replace(self, low=np.fmin(self.low, other.low), high=np.fmax(self.high, other.high), **summed)

    def _shifted_to(self, shift: float) -> Histogram:
        step = self.shift - shift
        if step == 0.0:
            return self
        # Only cells with values carry sums; special cells hold zero weight of finite values.
        weight = np.where(np.isnan(self.low), 0.0, self.weight)
        moved = self.value_sum + step * weight
        squares = self.value_sq + 2 * step * self.value_sum + step * step * weight
        return replace(self, value_sum=moved, value_sq=squares, shift=shift)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    @property
    def moments(self) -> Moments:
        """Moments of the finite values in all cells."""
        filled = ~np.isnan(self.low)
        if not filled.any():
            return Moments.empty()
        weight = float(self.weight[filled].sum())
        total = float(self.value_sum.sum())
        mean = total / weight if weight else 0.0
        m2 = max(float(self.value_sq.sum()) - total * mean, 0.0)
        low, high = float(np.nanmin(self.low)), float(np.nanmax(self.high))
        return Moments(int(self.rows[filled].sum()), weight, self.shift + mean, m2, low, high)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
