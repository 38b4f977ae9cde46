"""Group table and cross table: outcome counts by one level, or by two."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from secondline.core.tables._arrays import FloatArray, IntArray, as_json, ints, same, scatter, union_of_levels


@dataclass(frozen=True, slots=True, eq=False)
class GroupTable:
    """Predicted and observed outcomes by level of one column (grade, score band, segment, month, or one level for all).

    ``rows`` and ``weight`` count all rows of the level; the rest only rows with a known label (0 or 1), a finite
    score and a positive weight: ``labelled`` 1, ``event_rows`` y, ``label_weight`` w, ``event_weight`` w y,
    ``weight_sq`` w^2, ``score_weight`` w p, ``score_var`` w^2 p (1 - p) (the variance of w y summed when p is the
    true probability; 0 when p is not in [0, 1]), ``exposure`` w e over all rows (0 when no exposure column is named).
    """

    levels: tuple[str, ...]
    rows: IntArray
    weight: FloatArray
    labelled: IntArray
    event_rows: IntArray
    label_weight: FloatArray
    event_weight: FloatArray
    weight_sq: FloatArray
    score_weight: FloatArray
    score_var: FloatArray
    exposure: FloatArray

    def __add__(self, other: GroupTable) -> GroupTable:
        """Return the table of the union of rows."""
        levels, at_a, at_b = union_of_levels(self.levels, other.levels)
        sums = {
            f.name: scatter(len(levels), at_a, getattr(self, f.name), at_b, getattr(other, f.name))
            for f in fields(self)
            if f.name != "levels"
        }
        return GroupTable(levels=levels, **sums)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    def at(self, level: str) -> GroupTable:
        """Return the table of one level; empty (no levels) when the level is absent."""
        return self._pick([self.levels.index(level)] if level in self.levels else [])

    def total(self) -> GroupTable:
        """Return all levels added into one, named ``all``."""
        sums = {f.name: getattr(self, f.name).sum(keepdims=True) for f in fields(self) if f.name != "levels"}
        return GroupTable(levels=("all",), **sums)

    def in_order(self, levels: tuple[str, ...]) -> GroupTable:
        """Return the levels present, in the order given."""
        return self._pick([self.levels.index(level) for level in levels if level in self.levels])

    def _pick(self, places: list[int]) -> GroupTable:
        at = ints(places)
        picked = {f.name: getattr(self, f.name)[at] for f in fields(self) if f.name != "levels"}
        return GroupTable(levels=tuple(self.levels[i] for i in places), **picked)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)


@dataclass(frozen=True, slots=True, eq=False)
class CrossTable:
    """Row, weight and outcome counts by two levels; matrices are (row levels, column levels)."""

    row_levels: tuple[str, ...]
    column_levels: tuple[str, ...]
    rows: IntArray
    weight: FloatArray
    labelled: IntArray
    event_rows: IntArray

    def __add__(self, other: CrossTable) -> CrossTable:
        """Return the table of the union of rows."""
        down, down_a, down_b = union_of_levels(self.row_levels, other.row_levels)
        across, across_a, across_b = union_of_levels(self.column_levels, other.column_levels)

        def total(a: Any, b: Any) -> Any:
            out = np.zeros((len(down), len(across)), dtype=a.dtype)
            out[np.ix_(down_a, across_a)] += a
            out[np.ix_(down_b, across_b)] += b
            return out

        names = ("rows", "weight", "labelled", "event_rows")
        return CrossTable(down, across, *(total(getattr(self, name), getattr(other, name)) for name in names))

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
