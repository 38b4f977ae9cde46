"""Ranking in a region, against what the probabilities themselves promise of it.

A region whose probabilities are close together ranks worse than others under a perfect model too, so its AUC is not
compared with that of other rows but with the AUC that its own probabilities imply.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from secondline.stats.robustness.scored import Floats, Scored


@dataclass(frozen=True, slots=True)
class Ranked:
    """The AUC seen, the AUC promised, what is lost (promised less seen) and its standard error."""

    auc: float
    promised: float
    lost: float
    se: float


def ranked(rows: Scored) -> Ranked:
    """Return the AUC of rows beside the AUC that their probabilities promise.

    Promised is ``sum_ij p_i (1 - p_j) k_ij / (sum p sum (1 - p))`` with ``k`` 1 where i ranks above j and a half for
    ties: the model-based concordance of van Klaveren, Gonen, Steyerberg and Vergouwe (2016), Statistics in Medicine
    35, 4136. The standard error is of the AUC given the probabilities, by the delta method: ``sum p_i (1 - p_i)
    (dA / dy_i)^2``. An AUC of 1/2 stands where only one class was seen.
    """
    _, place = np.unique(rows.p, return_inverse=True)
    p, w = rows.level, rows.w
    seen, _, _ = _area(place, w * rows.y, w * (1 - rows.y))
    promised, below, above = _area(place, w * p, w * (1 - p))
    events, rest = float(w @ p), float(w @ (1 - p))
    influence = w * ((below - promised) / events - (above - promised) / rest)
    se = math.sqrt(float((p * (1 - p)) @ (influence * influence)))
    return Ranked(seen, promised, promised - seen, se)


def _area(place: np.ndarray[tuple[int], np.dtype[np.intp]], up: Floats, down: Floats) -> tuple[float, Floats, Floats]:
    """Return the area, and for each row the share of ``down`` below it and of ``up`` above it."""
    ups, downs = np.bincount(place, weights=up), np.bincount(place, weights=down)
    if not (ups.sum() > 0 and downs.sum() > 0):
        return 0.5, np.full(len(place), 0.5), np.full(len(place), 0.5)
    below = (np.cumsum(downs) - downs / 2) / downs.sum()
    above = 1 - (np.cumsum(ups) - ups / 2) / ups.sum()
    return float(ups @ below / ups.sum()), below[place], above[place]
