"""Migration between grades: how far, and whether near grades are likelier than far ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import CrossTable, GroupTable
from secondline.core.tables._arrays import FloatArray
from secondline.core.tables.bins import MISSING
from secondline.stats import intervals
from secondline.stats.stability.pairs import spread

NEEDED = "rows with a grade now and before"


def bandwidth(migrations: CrossTable, grades: GroupTable, *, level: float = 0.95) -> Measured:
    """Matrix-weighted bandwidth of migrations to riskier grades: 0 when nobody moves, 1 when all movers move furthest.

    With N_ij rows that moved from grade i to j, i = 1 the least risky of K, ``upper = sum_(i<j) |i - j| N_ij /
    sum_i max(|i - K|, |i - 1|) sum_(j>i) N_ij``; the bandwidth of migrations to less risky grades (lower) is
    symmetric and in ``detail``, with the matrix. The interval is the delta method's for a ratio of two means.
    Grades are ordered by their mean prediction; where one is unknown, by name, with a warning. Rows count alike,
    whatever their weight, and rows without either grade are left out. Undefined when nobody moved to a riskier
    grade. Source: ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.1.
    """
    levels, warnings = order(migrations, grades)
    counts = matrix(migrations, levels)
    total = float(counts.sum())
    if len(levels) < 2 or total == 0.0:  # noqa: PLR2004 - a migration needs two grades
        return Undefined(because="there are no migrations between two or more grades", n=total, needed=NEEDED)
    upper, lower = _ratio(np.triu(counts, 1)), _ratio(np.tril(counts, -1))
    detail = {"lower": lower[0] if lower else None, "grades": list(levels), "matrix": counts.tolist()}
    if upper is None:
        return Undefined(because="no row moved to a riskier grade", kind="not-applicable", n=total)
    interval = intervals.normal(*upper, level)
    return Estimate(
        value=upper[0],
        low=max(interval.low, 0.0),
        high=min(interval.high, 1.0),
        level=level,
        method="delta method",
        n=total,
        detail=detail | {"moved_up": float(np.triu(counts, 1).sum()), "moved_down": float(np.tril(counts, -1).sum())},
        warnings=warnings,
    )


def monotony(migrations: CrossTable, grades: GroupTable, *, level: float = 0.95) -> Measured:
    """Are migrations to nearer grades at least as frequent as to farther ones? The smallest z over all neighbours.

    With p_ij the share of grade i's rows that moved to j, each cell beyond the neighbours of the diagonal is
    compared with the next one towards it: ``z = (near - far) / sqrt((far (1 - far) + near (1 - near) + 2 far near)
    / N_i)``. H0 of each: near is at least far; its p-value is Phi(z), small when the farther grade is likelier. The
    value is the smallest z, its p-value the smallest times their number (Bonferroni). Comparisons of two empty
    cells are undefined and left out; ``detail`` lists the rest. Order, rows and unknown grades as for
    ``bandwidth``. Undefined without any comparison. Source: ECB, Instructions for reporting the validation results
    of internal models (2019), 2.5.5.2.
    """
    levels, warnings = order(migrations, grades)
    counts = matrix(migrations, levels)
    found = comparisons(counts)
    if not found:
        because = "no two migrations from one grade can be compared"
        return Undefined(because=because, n=float(counts.sum()), needed=f"three grades and {NEEDED}")
    least = min(found, key=lambda row: row["z"])
    named = [
        row | {"from": levels[row["from"]], "to": levels[row["to"]], "nearer": levels[row["nearer"]]} for row in found
    ]
    return Estimate(
        value=least["z"],
        level=level,
        method=f"smallest of {len(found)}, Bonferroni",
        n=float(counts.sum()),
        p_value=min(1.0, len(found) * float(ndtr(least["z"]))),
        detail={"comparisons": named, "grades": list(levels)},
        warnings=warnings,
    )


def order(migrations: CrossTable, grades: GroupTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the grades, least risky first, and a warning when names had to decide."""
    levels = tuple(sorted({*migrations.row_levels, *migrations.column_levels} - {MISSING}))
    known = {x: s / w for x, s, w in zip(grades.levels, grades.score_weight, grades.label_weight, strict=True) if w > 0}
    if unknown := [x for x in levels if x not in known]:
        names = ", ".join(unknown[:5])
        return levels, (f"grades are ordered by name, because no labelled row tells the mean prediction of {names}",)
    return tuple(sorted(levels, key=lambda x: (known[x], x))), ()


def matrix(migrations: CrossTable, levels: tuple[str, ...]) -> FloatArray:
    """Return the rows that moved from each of *levels* (down) to each (across)."""
    across = np.array([spread(levels, migrations.column_levels, row) for row in migrations.rows])
    down = [spread(levels, migrations.row_levels, column) for column in across.T] if len(across) else []
    return np.array(down, dtype=np.float64).T.reshape(len(levels), len(levels))


def comparisons(counts: FloatArray) -> list[dict[str, Any]]:
    """Return z for each migration that leaps over a neighbour, against the next one towards the diagonal."""
    out = []
    for i, j in np.ndindex(counts.shape):
        near, n = j + (1 if j < i else -1), float(counts[i].sum())
        if abs(i - j) < 2 or n == 0.0:  # noqa: PLR2004 - beyond the neighbours
            continue
        a, b = float(counts[i, j]) / n, float(counts[i, near]) / n
        spread_of = a * (1.0 - a) + b * (1.0 - b) + 2.0 * a * b
        if spread_of > 0.0:
            z = (b - a) / math.sqrt(spread_of / n)
            out.append({"from": i, "to": j, "nearer": near, "z": z, "p_value": float(ndtr(z))})
    return out


def _ratio(moved: FloatArray) -> tuple[float, float] | None:
    """Return distance over the longest possible distance of all movers, and its standard error."""
    i, j = np.indices(moved.shape)
    longest = np.maximum(len(moved) - 1 - i, i)
    reach = float(np.sum(longest * moved))
    if reach == 0.0:
        return None
    value = float(np.sum(np.abs(i - j) * moved)) / reach
    spread_of = float(np.sum(moved * (np.abs(i - j) - value * longest) ** 2))
    return value, math.sqrt(spread_of) / reach
