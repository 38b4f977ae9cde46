"""The index by month: has any month moved away from the reference?"""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import CrossTable, GroupTable
from secondline.stats.stability import pairs, psi
from secondline.stats.stability.psi import Empty

MIN_ROWS = 200


def psi_by_period(
    reference: GroupTable,
    current: CrossTable,
    *,
    level: float = 0.95,
    empty: Empty = "floor",
    floor: float = 1e-4,
    min_rows: int = MIN_ROWS,
) -> Measured:
    """Largest PSI of any month of the current population against the whole reference, over bands or grades.

    Each month is ``psi`` against the reference. The largest of T months is large by chance alone, so its interval
    runs from the largest lower to the largest upper end of intervals at confidence 1 - (1 - level) / T, and its
    p-value is the smallest of the months' times T (Bonferroni). Months below *min_rows* rows are listed in
    ``detail`` but not judged. Rows carry the sampling error of months: weights enter the shares only. Undefined
    when no month has enough rows or all rows fall in one band. Source: as ``psi``.
    """
    months = [i for i, name in enumerate(current.row_levels) if name[:4].isdigit()]
    large = [i for i in months if current.rows[i].sum() >= min_rows]
    rows = int(current.rows.sum())
    if not large:
        because = f"no month of the current population has {min_rows:,} rows"
        return Undefined(because=because, n=rows, needed=f"months of at least {min_rows:,} rows")
    each = 1.0 - (1.0 - level) / len(large)
    found = {i: _month(reference, current, i, level=each, empty=empty, floor=floor) for i in large}
    known = {i: month for i, month in found.items() if isinstance(month, Estimate)}
    if not known:
        return next(month for month in found.values() if isinstance(month, Undefined))
    worst = max(known, key=lambda i: known[i].value)
    return Estimate(
        value=known[worst].value,
        low=max(month.low or 0.0 for month in known.values()),
        high=max(month.high or 0.0 for month in known.values()),
        level=level,
        method=f"largest of {len(known)} months, Bonferroni",
        n=rows,
        p_value=min(1.0, len(known) * min(month.p_value or 0.0 for month in known.values())),
        detail={
            "worst": current.row_levels[worst],
            "periods": [_row(current, i, known.get(i)) for i in months],
            "bins": known[worst].detail["bins"],
            "expected_under_null": known[worst].detail["expected_under_null"],
        },
        warnings=_left_out(len(months) - len(large), min_rows),
    )


def _month(
    reference: GroupTable, current: CrossTable, at: int, *, level: float, empty: Empty, floor: float
) -> Measured:
    levels = tuple(sorted({*reference.levels, *current.column_levels}))
    weights = [
        pairs.spread(levels, reference.levels, reference.weight),
        pairs.spread(levels, current.column_levels, current.weight[at]),
    ]
    sizes = (pairs.group_size(reference), float(np.sum(current.rows[at])))
    pair = pairs.from_weights(levels, weights[0], weights[1], sizes)
    return pair if isinstance(pair, Undefined) else psi.of_pair(pair, level=level, empty=empty, floor=floor)


def _row(current: CrossTable, at: int, month: Estimate | None) -> dict[str, Any]:
    row: dict[str, Any] = {"period": current.row_levels[at], "rows": int(current.rows[at].sum())}
    if month is None:
        return row | {"psi": None}
    ends = {"low": month.low, "high": month.high, "p_value": month.p_value}
    return row | {"psi": month.value, "expected_under_null": month.detail["expected_under_null"]} | ends


def _left_out(months: int, min_rows: int) -> tuple[str, ...]:
    return (f"{months} months have fewer than {min_rows:,} rows and are not judged",) if months else ()
