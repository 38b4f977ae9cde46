"""Two scores on the same rows: DeLong's paired test, for challengers and for overrides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats import intervals, power

Floats = npt.NDArray[np.float64]


def placements(score: Floats, label: npt.NDArray[np.bool_], weight: Floats) -> tuple[Floats, Floats, float]:
    """Return V10 of each event, V01 of each non-event, and the (weighted) AUC, by mid-ranks in O(n log n)."""
    unique, place = np.unique(score, return_inverse=True)
    events = np.bincount(place, weights=weight * label, minlength=len(unique))
    rest = np.bincount(place, weights=weight * ~label, minlength=len(unique))
    below = (np.cumsum(rest) - rest / 2) / rest.sum()
    above = 1 - (np.cumsum(events) - events / 2) / events.sum()
    value = float(events @ below) / float(events.sum())
    return below[place[label]], above[place[~label]], value


def difference(
    first: Floats, second: Floats, label: npt.NDArray[np.bool_], weight: Floats
) -> tuple[float, float, float, float]:
    """Return both AUCs, their difference (first minus second) and its standard error, for scores of the same rows."""
    a10, a01, a = placements(first, label, weight)
    b10, b01, b = placements(second, label, weight)
    gap = a - b
    variance = _variance(a10 - b10, weight[label], gap) + _variance(a01 - b01, weight[~label], gap)
    return a, b, gap, math.sqrt(variance)


def _variance(v: Floats, w: Floats, mean: float) -> float:
    total, squares = float(w.sum()), w * w
    effective = total * total / float(squares.sum())
    correction = effective / (effective - 1) if effective > 1 else 1.0
    return correction * float(squares @ (v - mean) ** 2) / (total * total)


def versus_challenger(rows: Sample, *, level: float = 0.95) -> Measured:
    """AUC of the champion less that of the challenger on the same rows; negative when the challenger ranks better.

    DeLong's paired variance, normal interval, two-sided ``p_value`` of no difference, over the rows of the sample that
    have both scores and an outcome. Undefined with one class. Source: DeLong, DeLong and Clarke-Pearson (1988).
    """
    return _paired(rows, rows.columns["@score"], rows.columns["@challenger"], ("champion", "challenger"), level)


def override_effect(rows: Sample, *, level: float = 0.95) -> Measured:
    """AUC after overrides less AUC before, on the same rows; negative when overrides make the ranking worse.

    After means the overriding score where there is one and the model's elsewhere. Undefined when nothing was
    overridden, or with one class. Source: EBA supervisory handbook on IRB validation, par. 46-47.
    """
    before = np.asarray(rows.columns["@score"], dtype=np.float64)
    override = np.asarray(rows.columns["@override"], dtype=np.float64)
    changed = np.isfinite(override)
    if not changed.any():
        return Undefined(because="nothing was overridden", kind="not-applicable", n=rows.size)
    found = _paired(rows, np.where(changed, override, before), before, ("after", "before"), level)
    if isinstance(found, Undefined):
        return found
    return found.model_copy(update={"detail": found.detail | {"overridden": int(changed.sum())}})


def _paired(rows: Sample, first: Any, second: Any, names: tuple[str, str], level: float) -> Measured:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    y = np.asarray(rows.columns["@label"], dtype=np.float64)
    w = rows.weight
    keep = np.isfinite(a) & np.isfinite(b) & np.isfinite(y) & (w > 0)
    a, b, label, w = a[keep], b[keep], y[keep] == 1, w[keep]
    events = int(label.sum())
    if not 0 < events < len(label):
        return Undefined(
            because="only one class is present", n=len(label), events=events, needed="rows of both classes"
        )
    one, two, gap, se = difference(a, b, label, w)
    low, high = intervals.normal(gap, se, level)
    p = 1.0 if gap == 0 else float(2 * sps.norm.sf(abs(gap) / se)) if se > 0 else 0.0
    whole = rows.size >= rows.total
    return Estimate(
        value=gap, low=low, high=high, level=level, method="DeLong, paired", n=len(label), events=events, p_value=p,
        mde=power.mde(se, alpha=1 - level) if se > 0 else None, mde_unit="AUC",
        detail={names[0]: one, names[1]: two, "se": se},
        warnings=() if whole else (f"from {rows.size:,} of {rows.total:,} rows",),
    )  # fmt: skip
