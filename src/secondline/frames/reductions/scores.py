"""Score tables: exact by distinct score, or on a grid of bounded error when there are too many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core import needs
from secondline.core.needs import Need
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import floats, ints
from secondline.frames.cuts import Cuts
from secondline.frames.facts import FirstScan
from secondline.frames.reductions.branch import Branch, Cells, grouped, weigh
from secondline.frames.reductions.levels import level
from secondline.frames.relation import LABEL, SCORE, WEIGHT, Relation

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


def score_branch(relation: Relation, cuts: Cuts, need: needs.Scores, cell: float) -> Branch:
    """Return the query of a score table, whole or for every level of a column, on a grid of *cell* (0: exact)."""
    by, score = need.by, need.score or SCORE
    keys: dict[str, Any] = {"number": lambda t: _key(t[score], cell)}
    uses, read = [score, LABEL], None
    if by is not None:
        found = level(relation, by, cuts)
        keys["first"], read = found.key, found.read
        uses.append(found.column)

    def usable(table: Any) -> Any:
        kept = (table[score].abs() <= np.finfo(np.float64).max) & table[LABEL].notnull()
        return kept & (table[WEIGHT] > 0) if relation.weighted else kept

    expression = grouped(relation, uses, keys, _sums(relation, score, cell), usable)

    def build(cells: Cells) -> dict[Need, Any]:
        if read is None:
            return {need: {None: _table(cells, np.arange(len(cells)), relation, cell)}}
        names, place = np.unique(np.array([key or "" for key in cells.first]), return_inverse=True)
        return {
            need: {
                read(str(n) or None): _table(cells, np.flatnonzero(place == i), relation, cell)
                for i, n in enumerate(names)
            }
        }

    return Branch(f"scores{f' by {by}' if by else ''}", expression, build, (need,))


def _key(score: Any, cell: float) -> Any:
    return (score * (1 / cell)).floor().cast("int32") if cell else score


def _sums(relation: Relation, score: str, cell: float) -> list[Any]:
    """Sums an exact table cannot derive from its key; on a grid, the scores' own sums too."""

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

    chance = ibis.ifelse(table[LABEL] == 1, table[score], 1 - table[score])
    return -ibis.greatest(chance, ibis.literal(_TINY)).ln()


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


def _score_sums(
    column: list[Any], key: Any, w: Any, wy: Any, cell: float, *, weighted: bool
) -> tuple[Any, Any, Any, Any]:
    if not cell:
        clipped = np.clip(key, _TINY, 1 - _TINY)
        loss = -(wy * np.log(clipped) + (w - wy) * np.log1p(-clipped))
        return w * key, w * key * key, wy * key, loss
    first = 6 if weighted else 2
    return column[first], column[first + 1], column[first + 2], column[first + 3]
