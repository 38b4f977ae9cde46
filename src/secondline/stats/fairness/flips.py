"""Counterfactuals: does the decision change when a protected attribute, or a proxy of it, is given other values?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.groups import Floats, Found, Groups, approves, worst


def moved_to(values: Floats, source: Floats, target: Floats) -> Floats:
    """Return *values* at the same quantile of *target* that they hold in *source*; NaN stays.

    Ties and ends take the mean rank. The map is monotone, so a proxy keeps its order within the group while its
    distribution becomes the other group's.

    >>> moved_to(np.array([1.0, 3.0]), np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])).tolist()
    [10.0, 30.0]
    """
    known = np.sort(source[np.isfinite(source)])
    theirs = target[np.isfinite(target)]
    told = np.full(len(values), np.nan)
    if not len(known) or not len(theirs):
        return values.copy()
    some = np.isfinite(values)
    rank = (np.searchsorted(known, values[some], side="left") + np.searchsorted(known, values[some], side="right")) / 2
    told[some] = np.quantile(theirs, np.clip((rank - 0.5) / max(len(known) - 1, 1), 0, 1))
    return told


def changed(
    groups: Groups, before: Floats, after: dict[str, Floats], rows: Sample, spec: ModelSpec, how: str,
    moved: Sequence[str], *, level: float = 0.95,
) -> Measured:  # fmt: skip
    """Highest share of a group's decisions that change when it is given the control group's values; 0 when none does.

    *before* and *after* (by group) are the model's scores, turned so that higher is riskier; *how* says what was done
    and *moved* to which columns. Clopper and Pearson's interval, simultaneous; a share is of rows with both scores.
    ``detail`` splits the changes into approved instead and declined instead, and has the mean change of the score.
    Weights do not enter. Undefined where no row has both scores. Sources: Kusner et al. (2017), counterfactual
    fairness; a swap is no causal effect where other inputs follow from the attribute.
    """
    each = groups.each(level)
    found: list[Found] = []
    for name, mask in groups.others:
        scores = after[name]
        both = mask & np.isfinite(before) & np.isfinite(scores)
        n = int(both.sum())
        if not n:
            continue
        was, now = approves(spec, before[both]), approves(spec, scores[both])
        flips = int((was != now).sum())
        span = intervals.clopper_pearson(flips, n, each)
        found.append({"group": name, "rows": n, "value": flips / n, "low": span.low, "high": span.high,
                      "approved instead": int((now & ~was).sum()), "declined instead": int((was & ~now).sum()),
                      "mean change of score": float((scores[both] - before[both]).mean())})  # fmt: skip
    if not found:
        return Undefined(
            because="the artefact scores no row of these groups", n=rows.size, needed="rows that are scored"
        )
    method = f"Clopper-Pearson, {how}"
    return worst(rows, groups, found, level, method, lowest=False, moved=list(moved), how=how)


def same_text(values: npt.NDArray[Any], to: str) -> npt.NDArray[Any]:
    """Return a protected column with every value set to one group, in the column's own type."""
    if values.dtype == object:
        return np.full(len(values), to, dtype=object)
    return np.full(len(values), float(to))
