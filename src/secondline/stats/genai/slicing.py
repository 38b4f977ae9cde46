"""Weak slices of what a judge graded: each slice and the rest corrected by people's labels on their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import stdtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.core.tables.graded import TRIAGE
from secondline.stats.clusters import Floats, Mask
from secondline.stats.genai import correction
from secondline.stats.genai.correction import Corrected
from secondline.stats.genai.differences import mover
from secondline.stats.genai.labelled import Labelled, calibrated, cell_rates, of_answers
from secondline.stats.genai.rates import SLICED
from secondline.stats.genai.rows import codes, few, first, scored, totals
from secondline.stats.multiplicity import benjamini_hochberg

LEAST = 10
"""Labels that a slice and the rest need each."""


def judged_slices(graded: Graded, *, level: float = 0.95, least: int = LEAST) -> Measured:
    """How far the weakest slice falls short of the rest, where a judge graded: both corrected by labels (`by_verdict`).

    Slices are strata, languages and kinds of case in which people labelled *least* answers or more, as they did outside
    it. A judge that errs more in a slice makes no weak slice of it, since each side is corrected by its own labels.
    Interval: that of two independent rates (`mover`) at a level tightened for the number of slices; ``p_value``:
    one-sided, of the difference of ``g(f) + (y - g(f)) / chance`` with cluster-robust error and Student's t, the
    smallest after Benjamini and Hochberg. Undefined without two slices that hold so many labels.
    """
    rows = scored(graded)
    held = of_answers(graded)
    found = list(_masks(rows, held.known, least)) if len(rows) else []
    if not found:
        return Undefined(
            because=f"no two slices of what the judge graded hold {least} labels each: uncorrected verdicts name none",
            n=float(len(rows)), needed="labels of people in each slice, drawn within each verdict",
        )  # fmt: skip
    _, guess = cell_rates(held)
    made = np.asarray(guess + calibrated(held, held.f) * (np.nan_to_num(held.y) - guess))
    each, place = 1 - (1 - level) / len(found), codes(rows["cluster"])
    told = [_slice(rows, made, place, column, name, inside, each) for column, name, inside in found]
    adjusted = benjamini_hochberg([float(row["p"]) for row in told])
    listed = [row | {"p after BH": p} for row, p in zip(told, adjusted, strict=True)]
    worst = max(listed, key=lambda row: float(row["short by"]))
    return Estimate(
        value=worst["short by"], low=worst["low"], high=worst["high"], level=level, n=float(len(rows)),
        method=f"by verdict on both sides, combined (MOVER), simultaneous over {len(found)} slices",
        p_value=min(adjusted),
        detail={"searched": len(found), "weakest": f"{worst['by']} = {worst['slice']}", "slices": listed},
        warnings=few(int(place.max()) + 1, float(len(rows))),
    )  # fmt: skip


def _masks(rows: Graded, known: Mask, least: int) -> Any:
    for column in SLICED:
        for name in sorted(set(rows[column].tolist()) - {""}):
            inside = rows[column] == name
            if min(int((known & inside).sum()), int((known & ~inside).sum())) >= least:
                yield column, name, inside


def _slice(
    rows: Graded, made: Floats, place: Any, column: str, name: str, inside: Mask, level: float
) -> dict[str, Any]:
    sorts = first(rows, "scorer") == TRIAGE
    mine, rest = (_corrected(of_answers(rows.where(mask)), level, sorts=sorts) for mask in (inside, ~inside))
    span = mover(rest, mine)
    return {"by": column, "slice": name, "cases": len(set(rows["case"][inside].tolist())), "rate": mine.value,
            "rest": rest.value, "short by": rest.value - mine.value, "low": span.low, "high": span.high,
            "p": _p(made, inside, place)}  # fmt: skip


def _corrected(held: Labelled, level: float, *, sorts: bool) -> Corrected:
    """Return the rate by verdict; of a judge that only sorts, the labels alone."""
    alone = correction.human_only(held, level, exact=True) if sorts else None
    return alone or correction.by_verdict(held, level)


def _p(made: Floats, inside: Mask, place: Any) -> float:
    """Return the one-sided p-value that the slice is no weaker, by a cluster-robust difference of means."""
    centre = np.where(inside, made[inside].mean(), made[~inside].mean())
    influence = totals((made - centre) * np.where(inside, -1 / inside.sum(), 1 / (~inside).sum()), place)
    size = len(influence)
    if size < 2:  # noqa: PLR2004 - a spread needs two clusters
        return 1.0
    se = math.sqrt(float((influence**2).sum()) * size / (size - 1))
    short = float(made[~inside].mean() - made[inside].mean())
    return float(stdtr(size - 1, -short / se)) if se > 0 else 1.0
