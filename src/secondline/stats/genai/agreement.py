"""Agreement of raters on nominal verdicts: raw, Cohen, Fleiss, Krippendorff and Gwet, with intervals by jackknife.

A table of ratings has a row an item and a column a rater; NaN where a rater did not see the item. At pass rates of
95 % kappa and alpha fall by prevalence alone, so AC1 and raw agreement stand beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.stats.clusters import Floats, t_of
from secondline.stats.genai.rows import Codes, codes, few, scored

TWO = 2
Coefficient = Callable[[Floats], "float | None"]


def counts(ratings: Floats) -> Floats:
    """Return how many raters gave each item each category, of items with two ratings or more."""
    names = np.unique(ratings[np.isfinite(ratings)])
    table = np.stack([(ratings == name).sum(axis=1) for name in names], axis=1) if len(names) else np.zeros((0, 0))
    return np.asarray(table[table.sum(axis=1) >= TWO], dtype=np.float64)


def _shares(ratings: Floats) -> Floats:
    """Return each category's share of an item's ratings, averaged over all items somebody rated."""
    names = np.unique(ratings[np.isfinite(ratings)])
    table = np.stack([(ratings == name).sum(axis=1) for name in names], axis=1)
    rated = table[table.sum(axis=1) > 0]
    return np.asarray((rated / rated.sum(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def _observed(table: Floats) -> float:
    raters = table.sum(axis=1)
    return float(((table * (table - 1)).sum(axis=1) / (raters * (raters - 1))).mean())


def raw(ratings: Floats) -> float | None:
    """Return the share of pairs of raters that agree, averaged over items; None without an item seen twice."""
    table = counts(ratings)
    return _observed(table) if len(table) else None


def cohen(ratings: Floats) -> float | None:
    """Return Cohen's kappa of the first two raters, ``(p_o - p_e) / (1 - p_e)`` with p_e of their own margins.

    None where both gave one and the same verdict throughout. Source: Cohen (1960), Educ. Psychol. Measurement 20.
    """
    both = ratings[np.isfinite(ratings[:, :2]).all(axis=1), :2]
    if not len(both):
        return None
    names = np.unique(both)
    chance = float(sum((both[:, 0] == name).mean() * (both[:, 1] == name).mean() for name in names))
    seen = float((both[:, 0] == both[:, 1]).mean())
    return (seen - chance) / (1 - chance) if chance < 1 else None


def fleiss(ratings: Floats) -> float | None:
    """Return Fleiss' kappa, with ``p_e = sum q^2`` of the mean shares q; None where all verdicts are one.

    Items that one rater alone saw count in q and not in the agreement. Source: Fleiss (1971), Psychol. Bulletin
    76, 378; Gwet (2014), Handbook of Inter-Rater Reliability, for gaps.
    """
    table = counts(ratings)
    if not len(table):
        return None
    chance = float((_shares(ratings) ** 2).sum())
    return (_observed(table) - chance) / (1 - chance) if chance < 1 else None


def krippendorff(ratings: Floats) -> float | None:
    """Return Krippendorff's alpha for nominal data, ``1 - D_o / D_e``, any number of raters, gaps allowed.

    None where all verdicts are one. Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability.
    """
    table = counts(ratings)
    if not len(table):
        return None
    raters, sums = table.sum(axis=1), table.sum(axis=0)
    n = float(sums.sum())
    different = float(((raters**2 - (table**2).sum(axis=1)) / (raters - 1)).sum()) / n
    expected = float(n * n - (sums**2).sum()) / (n * (n - 1))
    return 1.0 - different / expected if expected > 0 else None


def gwet(ratings: Floats) -> float | None:
    """Return Gwet's AC1, with ``p_e = sum q (1 - q) / (k - 1)`` of the mean shares q of k categories (at least two).

    1 where all verdicts are one. Source: Gwet (2008), British J. Mathematical and Statistical Psychology 61, 29.
    """
    table = counts(ratings)
    if not len(table):
        return None
    share = _shares(ratings)
    chance = float((share * (1 - share)).sum()) / max(len(share) - 1, 1)
    return (_observed(table) - chance) / (1 - chance)


COEFFICIENTS: dict[str, Coefficient] = {
    "raw agreement": raw, "Cohen kappa": cohen, "Fleiss kappa": fleiss, "Krippendorff alpha": krippendorff,
    "Gwet AC1": gwet,
}  # fmt: skip


def all_of(ratings: Floats) -> dict[str, float | None]:
    """Return every coefficient by name; None where it has no value."""
    return {name: coefficient(ratings) for name, coefficient in COEFFICIENTS.items()}


def jackknife(ratings: Floats, cluster: Codes, coefficient: Coefficient, level: float) -> tuple[float, float] | None:
    """Return the ends of a coefficient's interval from leaving out one cluster at a time, cut to [-1, 1].

    ``se^2 = (C - 1) / C sum (value without c - their mean)^2``, Student's t with C - 1. None where the coefficient
    has no value without some cluster, or with fewer than two. Source: Efron and Tibshirani (1993), 11.
    """
    size = int(cluster.max()) + 1 if len(cluster) else 0
    value = coefficient(ratings) if size >= TWO else None
    if value is None:
        return None
    without = [coefficient(ratings[cluster != c]) for c in range(size)]
    if any(v is None for v in without):
        return None
    spread = np.array(without, dtype=np.float64)
    se = math.sqrt(float(((spread - spread.mean()) ** 2).sum()) * (size - 1) / size)
    reach = t_of(level, size - 1) * se
    return max(value - reach, -1.0), min(value + reach, 1.0)


def judge_agreement(graded: Graded, *, level: float = 0.95, coefficient: str = "Gwet AC1") -> Measured:
    """Agreement of a judge with people on the answers that people labelled, corrected for chance.

    *coefficient* is one of: raw agreement, Cohen kappa, Fleiss kappa, Krippendorff alpha, Gwet AC1. ``detail`` has them
    all, and the same between two people where some answers were labelled twice: no judge can be asked for more than
    people reach among themselves. Labels count as they are, whatever the chance they were drawn with, so labels drawn
    by verdict make agreement look worse than it is on all answers. Undefined without a label.
    """
    rows = scored(graded)
    label, second = rows.number("label"), rows.number("second")
    told = np.isfinite(label)
    if not told.any():
        return Undefined(because="no person labelled any of the answers the judge graded", n=float(len(rows)),
                         needed="labels of people on some of the answers")  # fmt: skip
    ratings = np.stack([rows.number("verdict"), label], axis=1)[told]
    chosen = COEFFICIENTS.get(coefficient, gwet)
    value = chosen(ratings)
    if value is None:
        return Undefined(because=f"{coefficient} has no value where all verdicts are one", n=float(told.sum()),
                         needed="labels of answers that pass and of answers that fail")  # fmt: skip
    cluster = codes(rows["cluster"][told])
    span = jackknife(ratings, cluster, chosen, level)
    twice = told & np.isfinite(second)
    people = np.stack([label, second], axis=1)[twice]
    clusters = int(cluster.max()) + 1
    return Estimate(
        value=value, low=span[0] if span else -1.0, high=span[1] if span else 1.0, level=level,
        method=f"{coefficient}, jackknife over clusters" if span else f"{coefficient}, no interval",
        n=float(told.sum()),
        events=float((ratings[:, 0] != ratings[:, 1]).sum()),
        detail={"judge and people": all_of(ratings), "two people": all_of(people) if len(people) else None,
                "labelled twice": int(twice.sum()), "table": _table(ratings)},
        warnings=(*few(clusters, float(told.sum())), *(() if len(people) else (
            "no answer was labelled by two people, so there is no ceiling to hold the judge against",))),
    )  # fmt: skip


def _table(ratings: Floats) -> dict[str, int]:
    return {f"judge {('fails', 'passes')[f]}, people {('fail', 'pass')[y]}":
            int(((ratings[:, 0] == f) & (ratings[:, 1] == y)).sum()) for f in (0, 1) for y in (0, 1)}  # fmt: skip


def as_detail(ratings: Floats) -> dict[str, Any]:
    """Return every coefficient with the items it rests on."""
    return {"items": len(counts(ratings)), **all_of(ratings)}
