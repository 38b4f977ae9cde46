"""Histograms: one column by its bins, split by outcome, with the range of each bin."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.needs import Need
from secondline.core.tables import Bins, Histogram
from secondline.core.tables._arrays import floats, ints
from secondline.frames.reductions.branch import Branch, Cells, grouped, weigh
from secondline.frames.reductions.levels import MANY, bin_index
from secondline.frames.relation import LABEL, WEIGHT, Relation


def histogram_branch(relation: Relation, bins: Bins, need: Need, *, many_levels: bool = False) -> Branch:
    """Return the query of one column's histogram; *many_levels* pools unknown levels inside the engine."""
    column = bins.column
    keys: dict[str, Any] = {}
    if bins.numeric:
        floating = relation.table.schema()[column].is_floating()
        keys["number"] = lambda t: bin_index(t[column], bins.edges or (), floating=floating)
    else:
        keys["first"] = lambda t: _level(t[column], bins, many=many_levels)
    if LABEL in relation.roles:
        keys["second"] = lambda t: t[LABEL].cast("int8")
    sums: list[Any] = [lambda t: t.count()]
    if bins.numeric:
        sums += [lambda t: t[column].min().cast("float64"), lambda t: t[column].max().cast("float64")]
    if relation.weighted:
        sums += [weigh(relation), lambda t: (t[WEIGHT] * t[WEIGHT]).sum()]
    label = (LABEL,) if LABEL in relation.roles else ()
    expression = grouped(relation, (column, *label), keys, sums)
    return Branch(f"histogram of {column}", expression, lambda c: {need: _build(c, bins, relation)}, (need,))


def _level(value: Any, bins: Bins, *, many: bool) -> Any:
    import ibis

    text = value.cast("string")
    if not many:
        return text
    return ibis.ifelse(text.isnull() | text.isin(bins.levels or ()), text, ibis.literal("\x00other"))


def _build(cells: Cells, bins: Bins, relation: Relation) -> Histogram:
    place = _places(cells, bins)
    size = len(bins.labels)
    outcome = np.array([{"1": 1, "0": 0}.get(key or "", -1) for key in cells.second])

    def total(values: Any, where: Any = None) -> Any:
        picked = slice(None) if where is None else where
        return np.bincount(place[picked], weights=values[picked], minlength=size)

    rows = cells.column(0)
    first_weight = 3 if bins.numeric else 1
    weight = cells.column(first_weight) if relation.weighted else rows
    squares = cells.column(first_weight + 1) if relation.weighted else rows
    finite = place < bins.size
    low, high = _range(cells, place, finite, size) if bins.numeric else (np.full(size, np.nan), np.full(size, np.nan))
    return Histogram(
        bins=bins,
        rows=ints(total(rows)),
        weight=floats(total(weight)),
        weight_sq=floats(total(squares)),
        event_rows=ints(total(rows, outcome == 1)),
        event_weight=floats(total(weight, outcome == 1)),
        nonevent_rows=ints(total(rows, outcome == 0)),
        nonevent_weight=floats(total(weight, outcome == 0)),
        low=floats(low),
        high=floats(high),
    )


def _range(cells: Cells, place: Any, finite: Any, size: int) -> tuple[Any, Any]:
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    for i in np.flatnonzero(finite):
        low[place[i]] = np.fmin(low[place[i]], cells.sums[i, 1])
        high[place[i]] = np.fmax(high[place[i]], cells.sums[i, 2])
    return low, high


def _places(cells: Cells, bins: Bins) -> Any:
    """Map the engine's keys to cell numbers: special cells follow the ordinary bins."""
    if not bins.numeric:
        levels = {name: i for i, name in enumerate(bins.levels or ())}
        other, missing = bins.size, bins.size + 1
        names: list[str | None] = [*cells.first]
        return np.array([missing if k is None else levels.get(k, other) for k in names], dtype=np.int64)
    number = cells.number
    top = bins.size - 1
    place = np.where(np.isnan(number), bins.size, number)
    place = np.where(number == top + 2, bins.size + 1, place)
    place = np.where(number == -1, bins.size + 2, place)
    return np.where(number == top + 1, bins.size + 3, place).astype(np.int64)


def too_many(distinct_in_sample: int) -> bool:
    """Whether a text column has so many levels that the engine should pool the unknown ones."""
    return distinct_in_sample > MANY
