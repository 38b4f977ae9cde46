"""Additive models: each feature's part of the margin, read off the model itself by changing one feature at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.models.deciding import Deciding, full, held, typical
from secondline.models.model import Columns, Floats

PROBED = 200
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Additive:
    """A model whose margin is a sum of one function of each feature, as a scorecard's and a linear model's is.

    ``base`` is a typical row; the part of a feature is how far the margin moves when the base takes the row's value
    of it. Where the model adds, ``margin(base)`` and the parts add up to the row's margin, whatever the base.
    """

    deciding: Deciding
    base: dict[str, Any]
    at_base: float

    def parts(self, columns: Columns) -> Floats:
        """Return the part of each feature (across) in the margin of each row (down)."""
        names = self.deciding.model.features
        rows = held(self.deciding.model, columns)
        size = len(next(iter(rows.values())))
        # A column takes few values beside its rows, and each is scored once.
        distinct = {name: _distinct(rows[name]) for name in names}
        sizes = [len(values) for values, _ in distinct.values()]
        total = sum(sizes)
        asked = {name: full(self.base[name], total) for name in names}
        ends = np.cumsum(sizes)
        for name, end, count in zip(names, ends, sizes, strict=True):
            asked[name][end - count : end] = distinct[name][0]
        moved = self.deciding.margins(asked) - self.at_base if total else np.empty(0)
        found = np.empty((size, len(names)))
        for j, (name, end, count) in enumerate(zip(names, ends, sizes, strict=True)):
            found[:, j] = moved[end - count : end][distinct[name][1]]
        return found


def _distinct(values: Any) -> tuple[Any, Any]:
    if values.dtype != object:
        return np.unique(values, return_inverse=True)
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(value, len(places)) for value in values.tolist()], dtype=np.int64)
    return np.array([*places, None], dtype=object)[:-1], codes


def additive(deciding: Deciding, reference: Columns) -> Additive | None:
    """Return the additive reading of a model, or None where its margin is no sum over features.

    It is a sum when, on up to 200 rows, the parts add up to the margin within a millionth of the margins' spread (or
    of one, where they spread less).
    """
    rows = {name: values[:PROBED] for name, values in held(deciding.model, reference).items()}
    base = {name: typical(values) for name, values in rows.items()}
    at_base = float(deciding.margins({name: full(value, 1) for name, value in base.items()})[0])
    if not np.isfinite(at_base):
        return None
    reading = Additive(deciding, base, at_base)
    margins = deciding.margins(rows)
    known = np.isfinite(margins)
    if not known.any():
        return None
    gap = np.abs(margins - at_base - reading.parts(rows).sum(axis=1))[known]
    spread = max(float(margins[known].max() - margins[known].min()), 1.0)
    return reading if bool(np.isfinite(gap).all()) and float(gap.max()) <= TOLERANCE * spread else None
