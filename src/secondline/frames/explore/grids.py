"""Grids: where the steps of a column's picture lie, and the query that counts every row in them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from secondline.core.tables import Grid, Moments, Steps
from secondline.core.tables._arrays import FloatArray, ints
from secondline.frames.engines import floor
from secondline.frames.relation import Relation

LARGEST = 1.7976931348623157e308
BINS = 40
OUTER = 0.005
"""Share of the rows on either side that the picture leaves to its outermost cells where tails are long."""
LONG = 0.5
REACH = 3.0
TINY, EXACT = 1e-300, 2.0**53
NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
SUMS = 9
"""Sums a grid query brings back for each cell."""


def steps(column: str, values: FloatArray, *, whole: bool) -> Steps:
    """Return the steps that show *values*, finite ones of a sample: twenty to forty of them, of a round width.

    They run from the lowest to the highest value; where a tail is longer than the bulk (the middle 99 %) is wide, it is
    left to the outer cell. Steps of whole numbers are whole. Fences are Tukey's far ones, three quartile ranges out.
    """
    if not len(values):
        return Steps(column, 0.0, 1.0, 1, (-math.inf, math.inf))
    picked = np.quantile(values, [0.0, OUTER, 0.25, 0.75, 1 - OUTER, 1.0], method="inverted_cdf")
    least, low, q1, q3, high, most = (float(q) for q in picked)
    room = LONG * (high - low) or most - least
    bottom = least if low - least <= room else low
    top = most if most - high <= room else high
    width = _width(bottom, top, whole=whole)
    first = _steps_below(bottom, width)
    bins = min(max(int(_steps_below(top, width) - first) + 1, 1), 2 * BINS)
    reach = REACH * (q3 - q1)
    return Steps(column, first, width, bins, (q1 - reach, q3 + reach))


def _width(bottom: float, top: float, *, whole: bool) -> float:
    at = max(abs(bottom), abs(top))
    rough = top / BINS - bottom / BINS  # the difference of the two may overflow
    if rough <= 0:
        return 1.0 if at < EXACT else 10.0 ** math.floor(math.log10(at))
    # Steps finer than doubles can tell apart at that place would all be empty.
    rough = max(rough, at * 1e-14, TINY)
    scale = 10.0 ** math.floor(math.log10(rough))
    width = next(nice * scale for nice in NICE if rough <= nice * scale * (1 + 1e-9))
    return max(1.0, float(math.ceil(width))) if whole else width


def _steps_below(value: float, width: float) -> float:
    """Return how many whole steps lie below *value*: the number of the step it falls in."""
    per = float(round(1.0 / width)) if width < 1 else 0.0
    count = float(math.floor(value * per if per else value / width))
    edges = [(count + i) / per if per else (count + i) * width for i in (0, 1)]
    return count - (value < edges[0]) + (value >= edges[1])


def grid_query(relation: Relation, cut: Steps, centre: float) -> Any:
    """Return one grouped query: rows, range, sums about *centre*, zeros, negatives and outliers by cell."""
    value = relation.table[cut.column]
    floating = value.type().is_floating()
    table = relation.table.select(x=value)
    x = table["x"]
    apart = x.cast("float64") - centre
    low, high = cut.fences
    sums = {
        "s0": table.count(),
        "s1": x.min(),
        "s2": x.max(),
        "s3": apart.sum(),
        "s4": (apart * apart).sum(),
        "s5": (x == 0).cast("int64").sum(),
        "s6": (x < 0).cast("int64").sum(),
        "s7": (x < low).cast("int64").sum(),
        "s8": (x > high).cast("int64").sum(),
    }
    reduced = table.group_by(cell=cell(x, cut, floating=floating)).aggregate(**sums)
    return reduced.select(cell=reduced["cell"].cast("int16"), **{s: reduced[s].cast("float64") for s in sums})


def cell(x: Any, cut: Steps, *, floating: bool) -> Any:
    """Return the cell of a value: -1 below the steps, then 0 to bins - 1, bins above; -2, bins + 1 and + 2 odd ones.

    Those are -inf, +inf and NaN; null stays null. The common path comes first: a value inside the steps meets one test.
    """
    import ibis

    at = x.cast("float64")
    fine = cut.width < 1
    count = floor(at * cut.per if fine else at / cut.width)
    # A product may round across an edge: the edges themselves decide.
    begins, ends = (count / cut.per, (count + 1) / cut.per) if fine else (count * cut.width, (count + 1) * cut.width)
    inside = (count - cut.first - (at < begins).cast("int8") + (at >= ends).cast("int8")).cast("int16")
    cases: list[tuple[Any, Any]] = [((x >= cut.low) & (x < cut.high), inside), (x.isnull(), ibis.null("int16"))]
    if floating:
        cases += [(x.isnan(), cut.bins + 2), (x > LARGEST, cut.bins + 1), (x < -LARGEST, -2)]
    return ibis.cases(*cases, (x < cut.low, -1), else_=cut.bins).cast("int16")


def read_grid(cut: Steps, centre: float, cells: Any, sums: FloatArray) -> Grid:
    """Return the grid from the cells (NaN for null) and the sums of one query."""
    count = {int(c): int(n) for c, n in zip(cells, sums[:, 0], strict=True) if not np.isnan(c)}
    rows = ints([count.get(i, 0) for i in range(-1, cut.bins + 1)])
    finite = (cells >= -1) & (cells <= cut.bins)
    some = sums[finite]
    return Grid(
        steps=cut,
        rows=rows,
        missing=int(sums[np.isnan(cells), 0].sum()),
        nan=count.get(cut.bins + 2, 0),
        low_infinity=count.get(-2, 0),
        high_infinity=count.get(cut.bins + 1, 0),
        zeros=int(some[:, 5].sum()),
        negatives=int(some[:, 6].sum()),
        beyond=(int(some[:, 7].sum()), int(some[:, 8].sum())),
        moments=moments(some, centre),
    )


def moments(sums: FloatArray, centre: float) -> Moments:
    """Return the moments of finite values from rows, range and sums about *centre*; NaN and inf where they overflow."""
    n = int(sums[:, 0].sum())
    if not n:
        return Moments.empty()
    low, high = float(sums[:, 1].min()), float(sums[:, 2].max())
    if not np.isfinite(sums[:, 3]).all():
        return Moments(n, float(n), math.nan, math.inf, low, high)
    first, second = math.fsum(sums[:, 3]), float(np.sum(sums[:, 4]))
    m2 = max(second - first * first / n, 0.0) if math.isfinite(second) else math.inf
    return Moments(n, float(n), centre + first / n, m2, low, high)
