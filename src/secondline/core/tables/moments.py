"""Moments and co-moments: mean, spread and covariance as values that add (Chan, Golub and LeVeque 1979)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.errors import MergeError
from secondline.core.tables._arrays import FloatArray, as_json, same


@dataclass(frozen=True, slots=True)
class Moments:
    """Weighted moments of the finite values of one column.

    ``mean`` is the weighted mean and ``m2`` the weighted sum of squared deviations from it; both are 0 when empty.
    """

    rows: int
    weight: float
    mean: float
    m2: float
    low: float
    high: float

    @staticmethod
    def empty() -> Moments:
        """The moments of no rows: the neutral element of ``+``."""
        return Moments(0, 0.0, 0.0, 0.0, math.inf, -math.inf)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of the union of rows."""
        weight = self.weight + other.weight
        low, high = min(self.low, other.low), max(self.high, other.high)
        if weight == 0.0:
            return Moments(self.rows + other.rows, 0.0, 0.0, 0.0, low, high)
        gap = other.mean - self.mean
        mean = self.mean + gap * other.weight / weight
        m2 = self.m2 + other.m2 + gap * gap * self.weight * other.weight / weight
        return Moments(self.rows + other.rows, weight, mean, m2, low, high)

    @property
    def variance(self) -> float | None:
        """Weighted population variance ``m2 / weight``; None without weight."""
        return self.m2 / self.weight if self.weight > 0 else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)


@dataclass(frozen=True, slots=True, eq=False)
class CoMoments:
    """Weighted means and the co-moment matrix ``sum w (x - mean)(y - mean)`` of several columns, over complete rows."""

    columns: tuple[str, ...]
    rows: int
    weight: float
    mean: FloatArray
    matrix: FloatArray

    def __add__(self, other: CoMoments) -> CoMoments:
        """Return the co-moments of the union of rows; both must list the same columns."""
        if self.columns != other.columns:
            raise MergeError.different("co-moments", "columns", str(self.columns), str(other.columns))
        weight = self.weight + other.weight
        if weight == 0.0:
            return self
        gap = other.mean - self.mean
        mean = self.mean + gap * (other.weight / weight)
        matrix = self.matrix + other.matrix + np.outer(gap, gap) * (self.weight * other.weight / weight)
        return CoMoments(self.columns, self.rows + other.rows, weight, mean, matrix)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
