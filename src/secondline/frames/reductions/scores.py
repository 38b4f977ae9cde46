"""Score tables: exact by distinct score, or on a grid of bounded error when there are too many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import floats, ints
from secondline.frames.cuts import Cuts
from secondline.frames.facts import FirstScan
from secondline.frames.reductions.branch import Branch, Cells, grouped, weigh
from secondline.frames.reductions.levels import level
from secondline.frames.relation import LABEL, WEIGHT, Relation

EXACT_LIMIT = 250_000
"""Distinct scores (or rows) up to which the table is exact."""
CELLS = 1 << 16
CELLS_BY_LEVEL = 1 << 12
_TINY = 2.0**-52


def grid_cell(scan: FirstScan, cells: int) -> float:
    """Return the width of a grid cell: a power of two that cuts the score's range into about *cells*; 0 means exact."""
    if min(scan.score_distinct * 0.97, scan.facts.rows) <= EXACT_LIMIT:
        return 0.0
    low, high = scan.score_low or 0.0, scan.score_high or 0.0
    return float(2.0 ** math.ceil(math.log2((high - low) / cells))) if high > low else 0.0


def score_branch(relation: Relation, cuts: Cuts, by: str | None, score: str, cell: float) -> Branch:
    """Return the query of a score table, whole or for every level of *by*, on a grid of *cell* (0: exact)."""
    keys: dict[str, Any] = {"number": lambda t: _key(t[score], cell)}
    read = None
    if by is not None:
        found = level(relation, by, cuts)
        keys["first"], read = found.key, found.read
    table = relation.table
    usable = table[score].abs() <= np.finfo(np.float64).max
    usable = usable & table[LABEL].notnull()
    if relation.weighted:
        usable = usable & (table[WEIGHT] > 0)
    expression = grouped(relation, keys, _sums(relation, score, cell), usable)

    def build(cells: Cells) -> dict[str | None, ScoreTable]:
        if read is None:
            return {None: _table(cells, np.arange(len(cells)), relation, cell)}
        names = np.array([read(key) for key in cells.first], dtype=object)
        return {str(name): _table(cells, np.flatnonzero(names == name), relation, cell) for name in np.unique(names)}

    return Branch(f"scores{f' by {by}' if by else ''}", expression, build)


def _key(score: Any, cell: float) -> Any:
    return (score * (1 / cell)).floor().cast("int32") if cell else score


def _sums(relation: Relation, score: str, cell: float) -> list[Any]:
    """Sums an exact table cannot derive from its key: counts, squares of weights, and on a grid the scores' own sums."""

    def y(t: Any) -> Any:
        return t[LABEL].cast("float64")

    sums: list[Any] = [lambda t: t.count(), lambda t: t[LABEL].sum()]
    if relation.weighted:
        sums += [weigh(relation), weigh(relation, y)]
        sums += [lambda t: (t[WEIGHT] * t[WEIGHT]).sum(), lambda t: (t[WEIGHT] * t[WEIGHT] * y(t)).sum()]
    if not cell:
        return sums
    return [
        *sums,
        weigh(relation, lambda t: t[score]),
        weigh(relation, lambda t: t[score] * t[score]),
        weigh(relation, lambda t: t[score] * y(t)),
        weigh(relation, lambda t: _loss(t, score)),
    ]


def _loss(table: Any, score: str) -> Any:
    import ibis

    clipped = table[score].clip(_TINY, 1 - _TINY)
    return -ibis.ifelse(table[LABEL] == 1, clipped.ln(), (1 - clipped).ln())


def _table(cells: Cells, at: Any, relation: Relation, cell: float) -> ScoreTable:
    order = at[np.argsort(cells.number[at], kind="stable")]
    key = cells.number[order] * (cell or 1.0)
    column = [cells.column(i)[order] for i in range(cells.sums.shape[1])]
    rows, events = column[0], column[1]
    weighted = relation.weighted
    w, wy, w2, w2y = column[2:6] if weighted else (rows, events, rows, events)
    ws, ws2, wsy, loss = _score_sums(column, key, w, wy, cell, weighted=weighted)
    return ScoreTable(
        key=floats(key),
        rows=ints(rows),
        event_rows=ints(events),
        weight=floats(w),
        event_weight=floats(wy),
        weight_sq=floats(w2),
        event_weight_sq=floats(w2y),
        score_weight=floats(ws),
        score_sq=floats(ws2),
        score_event=floats(wsy),
        log_loss=floats(loss if relation.probability else np.zeros_like(key)),
        cell=cell,
    )


def _score_sums(column: list[Any], key: Any, w: Any, wy: Any, cell: float, *, weighted: bool) -> tuple[Any, Any, Any, Any]:
    if not cell:
        clipped = np.clip(key, _TINY, 1 - _TINY)
        loss = -(wy * np.log(clipped) + (w - wy) * np.log1p(-clipped))
        return w * key, w * key * key, wy * key, loss
    first = 6 if weighted else 2
    return column[first], column[first + 1], column[first + 2], column[first + 3]
