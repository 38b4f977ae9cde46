"""Score table: all that discrimination and calibration need to know about a scored, labelled population."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from secondline.core.errors import MergeError
from secondline.core.tables._arrays import FloatArray, IntArray, as_json, same, scatter, union_of_keys


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Weighted outcome counts by distinct score, ascending; a higher score means more risk.

    Only rows with a finite score, a label of 0 or 1 and a positive weight are counted. ``key`` is the distinct score,
    or with ``cell`` > 0 the lower edge of a grid cell of that width. With y the label, s the score and w the weight
    of a row, each array holds one sum per key: ``rows`` 1, ``event_rows`` y, ``weight`` w, ``event_weight`` w y,
    ``weight_sq`` w^2, ``event_weight_sq`` w^2 y, ``score_weight`` w s, ``score_sq`` w s^2, ``score_event`` w s y, and
    ``log_loss`` -w (y ln s + (1 - y) ln(1 - s)) with s clipped to [2^-52, 1 - 2^-52] as scikit-learn does (zero where
    the score is not a probability).
    """

    key: FloatArray
    rows: IntArray
    event_rows: IntArray
    weight: FloatArray
    event_weight: FloatArray
    weight_sq: FloatArray
    event_weight_sq: FloatArray
    score_weight: FloatArray
    score_sq: FloatArray
    score_event: FloatArray
    log_loss: FloatArray
    cell: float = 0.0

    @staticmethod
    def of(
        score: FloatArray, label: FloatArray, weight: FloatArray | None = None, *, probability: bool = True
    ) -> ScoreTable:
        """Build the exact table from row arrays; rows it cannot count are dropped."""
        s, y = np.asarray(score, dtype=np.float64), np.asarray(label, dtype=np.float64)
        w = np.ones_like(s) if weight is None else np.asarray(weight, dtype=np.float64)
        keep = np.isfinite(s) & ((y == 0) | (y == 1)) & (w > 0)
        s, y, w = s[keep], y[keep], w[keep]
        key, place = np.unique(s, return_inverse=True)
        clipped = np.clip(s, 2.0**-52, 1 - 2.0**-52)
        loss = -w * np.where(y == 1, np.log(clipped), np.log1p(-clipped)) if probability else np.zeros_like(w)

        def total(values: FloatArray) -> FloatArray:
            return np.bincount(place, weights=values, minlength=len(key)).astype(np.float64)

        return ScoreTable(
            key=key,
            rows=total(np.ones_like(w)).astype(np.int64),
            event_rows=total(y).astype(np.int64),
            weight=total(w),
            event_weight=total(w * y),
            weight_sq=total(w * w),
            event_weight_sq=total(w * w * y),
            score_weight=total(w * s),
            score_sq=total(w * s * s),
            score_event=total(w * s * y),
            log_loss=total(loss),
        )

    @staticmethod
    def empty() -> ScoreTable:
        """The table of no rows: the neutral element of ``+``."""
        return ScoreTable.of(np.empty(0), np.empty(0))

    def __add__(self, other: ScoreTable) -> ScoreTable:
        """Return the table of the union of rows; both must be exact or share the grid."""
        if self.cell != other.cell:
            if not len(other.key):
                return self
            if not len(self.key):
                return other
            raise MergeError.different("score tables", "grid cell", str(self.cell), str(other.cell))
        key, at_a, at_b = union_of_keys(self.key, other.key)
        sums = {
            f.name: scatter(len(key), at_a, getattr(self, f.name), at_b, getattr(other, f.name))
            for f in fields(self)
            if f.name not in {"key", "cell"}
        }
        return ScoreTable(key=key, cell=self.cell, **sums)

    def __eq__(self, other: object) -> bool:
        return same(self, other)

    __hash__ = None  # type: ignore[assignment]  # arrays are not hashable; use core.canonical.digest

    @property
    def score(self) -> FloatArray:
        """The mean score of each key: the key itself when exact."""
        return self.score_weight / self.weight if self.cell else self.key

    @property
    def n(self) -> int:
        """Rows counted."""
        return int(self.rows.sum())

    @property
    def n_events(self) -> int:
        """Rows with label 1."""
        return int(self.event_rows.sum())

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return as_json(self)
