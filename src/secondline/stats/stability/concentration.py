"""Concentration over grades: Herfindahl's index and its change."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable
from secondline.core.tables._arrays import FloatArray
from secondline.core.tables.bins import MISSING
from secondline.stats import intervals
from secondline.stats.stability import pairs

DRAWS, DRAWS_SEED = 2_000, 20260417


def herfindahl(reference: GroupTable, current: GroupTable, *, level: float = 0.95) -> Measured:
    """Concentration of the current population over grades: 0 when all grades hold equally many, 1 when one holds all.

    With R_i the share of grade i among K grades, ``CV = sqrt(K sum (R_i - 1/K)^2)`` and ``HI = 1 + ln((CV^2 + 1) /
    K) / ln K``. H0: both populations are samples of one, against a current one that is more concentrated. The p-value
    is the share of 2,000 seeded pairs of multinomial samples, drawn from the shares of both together, whose rise of HI
    is at least the one seen; it is on the safe side where grades are even. The source's own p-value, ``1 - Phi(sqrt(K
    - 1) (CV - CV_ref) / sqrt(CV^2 (0.5 + CV^2)))``, takes the K shares as its sample: it hardly ever alarms on uneven
    grades and nearly always on even ones, so it is only shown, as ``source_p_value`` in ``detail``. The interval is
    for HI, by the delta method of a multinomial. K counts the grades of either population; rows without a grade are
    left out. ``detail`` has the shares, the reference's HI and CV, the largest share, and HI weighted by exposure
    where one is named. Shares weigh rows by their weight. Undefined without rows or with fewer than two grades.
    Source: ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.3.
    """
    levels = tuple(sorted({*reference.levels, *current.levels} - {MISSING}))
    old, new = _shares(levels, reference, reference.weight), _shares(levels, current, current.weight)
    rows = int(current.in_order(levels).rows.sum())
    if old is None or new is None:
        which = "reference" if old is None else "current"
        return Undefined(because=f"the {which} population has no rows with a grade", n=rows, needed="graded rows")
    if len(levels) < 2:  # noqa: PLR2004 - concentration compares at least two
        return Undefined(because="there is only one grade", kind="not-applicable", n=rows)
    value, before = index(new), index(old)
    sizes = [pairs.group_size(table.in_order(levels)) for table in (reference, current)]
    se = _standard_error(new, sizes[1])
    interval = intervals.normal(value, se, level)
    return Estimate(
        value=value,
        low=max(interval.low, 0.0),
        high=min(interval.high, 1.0),
        level=level,
        method="delta method",
        n=rows,
        p_value=_rise(old, new, sizes),
        detail={
            "source_p_value": _source_p(variation(new), variation(old), len(levels)),
            "cv": variation(new),
            "reference_cv": variation(old),
            "reference_value": before,
            "largest_share": float(new.max()),
            "largest_grade": levels[int(new.argmax())],
            "by_exposure": _by_exposure(levels, current),
            "grades": _grades(levels, old, new),
        },
    )


def variation(shares: FloatArray) -> float:
    """Return the coefficient of variation of shares over K grades: ``sqrt(K sum (R - 1/K)^2)``."""
    return math.sqrt(len(shares) * float(np.sum((shares - 1.0 / len(shares)) ** 2)))


def index(shares: FloatArray) -> float:
    """Return ``1 + ln(sum R^2) / ln K``, which is the index by its CV: ``(CV^2 + 1) / K = sum R^2``."""
    value = 1.0 + math.log(float(np.sum(shares**2))) / math.log(len(shares))
    return min(max(value, 0.0), 1.0)


def _standard_error(shares: FloatArray, n: float) -> float:
    square, cube = float(np.sum(shares**2)), float(np.sum(shares**3))
    # Equal shares have no first-order variance; what is left there is the chi-square's, 2 (K - 1) / (n K)^2 of sum R^2.
    even = 2.0 * (len(shares) - 1) / (n * len(shares)) ** 2
    spread = math.sqrt(max(4.0 * (cube - square**2) / n, 0.0) + even)
    return spread / (square * math.log(len(shares)))


def _rise(old: FloatArray, new: FloatArray, sizes: list[float]) -> float:
    """Return the chance of a rise this large between two samples of one population."""
    rng = np.random.default_rng(DRAWS_SEED)
    pooled = (old * sizes[0] + new * sizes[1]) / sum(sizes)
    before, now = (
        np.log(
            np.sum((rng.multinomial(max(round(n), 1), pooled / pooled.sum(), DRAWS) / max(round(n), 1)) ** 2, axis=1)
        )
        for n in sizes
    )
    seen = math.log(float(np.sum(new**2))) - math.log(float(np.sum(old**2)))
    return float((1 + np.count_nonzero(now - before >= seen)) / (1 + DRAWS))


def _source_p(now: float, before: float, grades: int) -> float:
    if now <= 0.0:
        return 1.0
    return float(ndtr(-math.sqrt(grades - 1) * (now - before) / math.sqrt(now**2 * (0.5 + now**2))))


def _shares(levels: tuple[str, ...], table: GroupTable, values: FloatArray) -> FloatArray | None:
    amounts = pairs.spread(levels, table.levels, values)
    total = float(amounts.sum())
    return amounts / total if total > 0 else None


def _by_exposure(levels: tuple[str, ...], table: GroupTable) -> float | None:
    shares = _shares(levels, table, table.exposure)
    return index(shares) if shares is not None and shares.min() >= 0 else None


def _grades(levels: tuple[str, ...], old: FloatArray, new: FloatArray) -> list[dict[str, Any]]:
    return [{"level": x, "reference": float(a), "current": float(b)} for x, a, b in zip(levels, old, new, strict=True)]
