"""Effects: what scores do when one input is moved over its range, bin by bin (ALE) and value by value (PDP, ICE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.models.attributions import on, scale_of
from secondline.models.model import Columns, Floats, Model

BINS = 20
PER_BIN = 200
"""Rows scored in each bin, at its lower and at its upper edge; the first of the bin, as rows come in hash order."""
REPEATED = 250
"""Rows whose whole curve is drawn, one score for each value of the grid."""
LEVELS = 12
"""Texts of a column that are tried, the most frequent ones."""
JUDGED = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Scores with one input moved, higher riskier.

    Of a number: ``edges`` are quantiles of the rows (two or more of them), ``shares`` the part of the rows in each bin,
    and for each row scored ``place`` is its bin, ``steps`` the score at the bin's upper edge less that at its lower
    one, and ``weight`` its weight. Of a text there are none of these. ``curves`` holds, for some rows (down), the
    score with the input set to each of the ``grid`` of a number or the ``levels`` of a text (across); ``without``
    their scores with the input missing (empty where it is never missing). ``parts`` are the shares of the levels.
    """

    column: str
    scale: str
    rows: int
    missing: float
    edges: Floats
    shares: Floats
    place: npt.NDArray[np.int64]
    steps: Floats
    weight: Floats
    grid: Floats
    levels: tuple[str, ...]
    parts: Floats
    curves: Floats
    without: Floats
    curve_weight: Floats


def effect(
    model: Model, columns: Columns, column: str, *, sign: float = 1.0, bins: int = BINS, per_bin: int = PER_BIN,
    repeated: int = REPEATED,
) -> Effect:  # fmt: skip
    """Move one input of a model and score.

    *columns* are the model's inputs and, where rows are weighted, ``@weight``. Every row decides where the bins lie
    and what share of the rows each holds; up to *per_bin* rows of a bin are scored twice, and *repeated* rows once
    for each value of the grid.
    """
    values = columns[column]
    weights = np.asarray(columns.get("@weight", np.ones(len(values))), dtype=np.float64)
    inputs = {name: columns[name] for name in model.features}
    few = {name: v[:JUDGED] for name, v in inputs.items()}
    scale = scale_of(model.score(few, 0))
    mover = _Mover(model, inputs, column, scale, sign)
    if values.dtype == object:
        return _of_text(mover, values, weights, repeated)
    return _of_number(mover, np.asarray(values, dtype=np.float64), weights, bins, per_bin, repeated)


@dataclass(frozen=True, slots=True)
class _Mover:
    """Scores of chosen rows with the input set to chosen values."""

    model: Model
    inputs: dict[str, Any]
    column: str
    scale: str
    sign: float

    def scores(self, rows: Any, values: Any) -> Floats:
        """Return the scores of *rows* (numbers of rows) with the input set to *values*, one each."""
        moved = {name: held[rows] for name, held in self.inputs.items()}
        moved[self.column] = values
        return self.sign * on(self.scale, self.model.score(moved, 0))

    def curves(self, rows: Any, grid: Any) -> Floats:
        """Return the scores of each of *rows* (down) at each value of *grid* (across)."""
        found = self.scores(np.repeat(rows, len(grid)), np.tile(grid, len(rows)))
        return found.reshape(len(rows), len(grid))


def _of_number(mover: _Mover, x: Floats, weights: Floats, bins: int, per_bin: int, repeated: int) -> Effect:
    known = np.flatnonzero(np.isfinite(x))
    edges = _edges(x[known], bins)
    lost = float(weights[~np.isfinite(x)].sum() / weights.sum()) if weights.sum() else 0.0
    place = np.maximum(np.searchsorted(edges, x[known], side="left") - 1, 0)
    size = max(len(edges) - 1, 0)
    total = np.bincount(place, weights[known], size) if size else np.empty(0)
    chosen = _first_of_each(place, size, per_bin)
    rows, mine = known[chosen], place[chosen]
    steps = mover.scores(rows, edges[mine + 1]) - mover.scores(rows, edges[mine]) if size else np.empty(0)
    repeated_rows = np.arange(min(repeated, len(x)))
    curves = mover.curves(repeated_rows, edges) if size else np.empty((0, len(edges)))
    without = mover.scores(repeated_rows, np.full(len(repeated_rows), np.nan)) if lost and size else np.empty(0)
    return Effect(
        mover.column, mover.scale, len(x), lost, edges, total / max(total.sum(), 1e-300), mine, steps, weights[rows],
        edges, (), np.empty(0), curves, without, weights[repeated_rows],
    )  # fmt: skip


def _edges(x: Floats, bins: int) -> Floats:
    """Return distinct values of the rows at equally spaced ranks; every bin between two holds its upper edge."""
    if not len(x):
        return np.empty(0)
    ranks = np.unique(np.linspace(0, len(x) - 1, bins + 1).round().astype(np.int64))
    return np.unique(np.partition(x, ranks)[ranks])


def _first_of_each(place: npt.NDArray[np.int64], size: int, most: int) -> npt.NDArray[np.int64]:
    """Return the positions of the first *most* rows of each bin, in the order of the rows."""
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(size))
    inside = np.arange(len(order)) - starts[place[order]] if size else np.empty(0)
    return np.sort(order[inside < most]) if size else np.empty(0, dtype=np.int64)


def _of_text(mover: _Mover, values: npt.NDArray[Any], weights: Floats, repeated: int) -> Effect:
    present = np.array([value is not None for value in values], dtype=bool)
    names, codes = np.unique(values[present].astype(str), return_inverse=True)
    total = np.bincount(codes, weights[present], len(names))
    most = np.sort(np.argsort(-total, kind="stable")[:LEVELS])
    levels = tuple(str(name) for name in names[most])
    rows = np.arange(min(repeated, len(values)))
    lost = float(weights[~present].sum() / weights.sum()) if weights.sum() else 0.0
    curves = mover.curves(rows, np.array(levels, dtype=object)) if levels else np.empty((0, 0))
    without = mover.scores(rows, np.full(len(rows), None, dtype=object)) if lost and levels else np.empty(0)
    none, nowhere = np.empty(0), np.empty(0, dtype=np.int64)
    return Effect(
        mover.column, mover.scale, len(values), lost, none, none, nowhere, none, none, none, levels,
        total[most] / max(total.sum(), 1e-300), curves, without, weights[rows],
    )  # fmt: skip
