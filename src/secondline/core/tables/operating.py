"""Operating table and scheme table: transactions and their money by score, and what a card scheme counts by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.tables._arrays import FloatArray, as_json, same, scatter, union_of_keys, union_of_levels

_SUMS = ("rows", "weight", "frauds", "fraud_weight", "value", "fraud_value")


@dataclass(frozen=True, slots=True, eq=False)
class OperatingTable:
    """Sums by ``key``: the score (higher is riskier), or the low end of its cell of width ``cell`` (0: exact).

    Over rows with a finite score and a known label: ``rows``, ``weight`` w, ``frauds`` (rows), ``fraud_weight`` w,
    ``value`` w a of the amount a, ``fraud_value`` w a of frauds.
    """

    key: FloatArray
    rows: FloatArray
    weight: FloatArray
    frauds: FloatArray
    fraud_weight: FloatArray
    value: FloatArray
    fraud_value: FloatArray
    cell: float

    def __add__(self, other: OperatingTable) -> OperatingTable:
        """Return the table of the union of rows, which must be cut alike."""
        if self.cell != other.cell:
            raise ValueError(f"operating tables of cells {self.cell} and {other.cell} do not add")
        key, mine, theirs = union_of_keys(self.key, other.key)
        sums = {n: scatter(len(key), mine, getattr(self, n), theirs, getattr(other, n)) for n in _SUMS}
        return OperatingTable(key=key, cell=self.cell, **sums)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def riskiest_first(self) -> dict[str, FloatArray]:
        """Return the running sums from the riskiest score down, by name."""
        return {name: np.cumsum(getattr(self, name)[::-1]) for name in _SUMS}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)


@dataclass(frozen=True, slots=True, eq=False)
class SchemeTable:
    """By calendar month (2026-03): settled transactions, frauds reported and disputes, with the card not present."""

    months: tuple[str, ...]
    settled: FloatArray
    reported: FloatArray
    disputed: FloatArray

    def __add__(self, other: SchemeTable) -> SchemeTable:
        """Return the table of the union of rows."""
        months, mine, theirs = union_of_levels(self.months, other.months)
        names = ("settled", "reported", "disputed")
        sums = (scatter(len(months), mine, getattr(self, n), theirs, getattr(other, n)) for n in names)
        return SchemeTable(months, *sums)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
