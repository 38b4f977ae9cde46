"""Performance on today's mix of cases from yesterday's labels: importance weights, with a check of overlap.

Labelled reference cases are weighted by how much likelier their kind is today, ``w = p_today / p_reference``. Any
weighted statistic of the house then estimates today's. It assumes that outcomes depend on the features weighted by,
and on nothing that moved beside them (covariate shift); a change in what the features mean (concept drift) is not
seen. Source: Shimodaira (2000), Journal of Statistical Planning and Inference 90; Sugiyama et al. (2012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import ScoreTable
from secondline.core.tables._arrays import FloatArray, IntArray
from secondline.stats.weights import effective_n

ASSUMPTION = (
    "an estimate without today's labels: right only if outcomes depend on nothing that moved but what is weighted"
)
LEAST_ROWS = 100.0
LEAST_SHARE = 0.05
MOST_OUTSIDE = 0.01
FEW = 5
RIDGE = 1e-3
STEPS = 40


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight for each reference row, their effective rows, and today's share of cases unlike any reference row."""

    weight: FloatArray
    effective: float
    outside: float

    @property
    def refused(self) -> Undefined | None:
        """Why these weights carry no estimate: too few effective rows, or too much of today unlike the reference."""
        n = float(len(self.weight))
        if self.outside > MOST_OUTSIDE:
            because = f"{self.outside:.1%} of today's cases are unlike any in the reference"
            return Undefined(because=because, n=n, needed=f"at most {MOST_OUTSIDE:.0%} outside the reference")
        if self.effective < max(LEAST_ROWS, LEAST_SHARE * n):
            because = f"the weights leave {self.effective:.0f} effective of {n:.0f} reference rows"
            return Undefined(
                because=because, n=n, needed=f"{LEAST_ROWS:.0f} effective rows, and {LEAST_SHARE:.0%} of all"
            )
        return None


def by_cells(reference: IntArray, current: IntArray) -> Weights:
    """Weigh reference rows by the cell they fall in: today's share of the cell over the reference's.

    Give each row the number of its cell (of a score's bins, or of several features' crossed). Today's cases in cells
    with fewer than five reference rows are outside.
    """
    old, new = np.asarray(reference, dtype=np.int64), np.asarray(current, dtype=np.int64)
    if not len(old) or not len(new):
        return Weights(np.zeros(len(old)), 0.0, 1.0)
    size = int(max(old.max(), new.max())) + 1
    was, now = np.bincount(old, minlength=size), np.bincount(new, minlength=size)
    held = was >= FEW
    ratio = np.where(held, (now / len(new)) / np.where(held, was / len(old), 1.0), 0.0)
    return _weights(ratio[old], float(now[~held].sum()) / len(new))


def by_discriminator(reference: FloatArray, current: FloatArray) -> Weights:
    """Weigh reference rows by a logistic discriminator of today's cases from them: ``w = odds n_reference / n_today``.

    Features are standardised, with their squares, and lightly shrunk (ridge 0.001 a row). Today's cases beyond 1.1
    times the reference's range in any feature are outside. Rows with a feature that is no number are refused: fill
    them, or use cells. Source: Bickel, Brückner and Scheffer (2009), JMLR 10, 2137.
    """
    old, new = (np.atleast_2d(np.asarray(x, dtype=np.float64)) for x in (reference, current))
    if old.shape[1] != new.shape[1] or not (np.isfinite(old).all() and np.isfinite(new).all()):
        raise SpecError("Both sides need the same features, and a finite number for each row.")
    middle, scale = old.mean(axis=0), old.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    a, b = (old - middle) / scale, (new - middle) / scale
    low, high = a.min(axis=0), a.max(axis=0)
    room = 0.1 * (high - low)
    outside = float(((b < low - room) | (b > high + room)).any(axis=1).mean())
    x = np.vstack([_features(a), _features(np.clip(b, low - room, high + room))])
    beta = _separate(x, np.repeat([0.0, 1.0], [len(a), len(b)]))
    odds = np.exp(np.clip(x[: len(a)] @ beta, -30.0, 30.0))
    return _weights(odds * len(a) / len(b), outside)


def _features(z: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(z)), z, z * z])


def _separate(x: FloatArray, y: FloatArray) -> FloatArray:
    beta, ridge = np.zeros(x.shape[1]), RIDGE * len(y) * np.eye(x.shape[1])
    ridge[0, 0] = 0.0
    for _ in range(STEPS):
        q = expit(x @ beta)
        move = np.linalg.solve(x.T @ ((q * (1.0 - q))[:, None] * x) + ridge, x.T @ (y - q) - ridge @ beta)
        beta = beta + move * min(1.0, 3.0 / max(float(np.abs(move).max()), 3.0))
    return beta


def _weights(weight: FloatArray, outside: float) -> Weights:
    return Weights(weight, effective_n(float(weight.sum()), float((weight**2).sum())), outside)


def performance(
    statistic: Callable[[ScoreTable], Measured], score: FloatArray, label: FloatArray, weights: Weights
) -> Measured:
    """Estimate a *statistic* on today's mix: the house's own, on reference rows with importance weights.

    The interval is the statistic's for weighted rows; the error of the weights themselves is not in it, so it is too
    narrow where the discriminator rests on few rows. Refused (Undefined) where overlap is poor: below 100 effective
    rows or 5 % of all, or with more than 1 % of today's cases unlike any in the reference.
    """
    if (refused := weights.refused) is not None:
        return refused
    found = statistic(ScoreTable.of(score, label, weights.weight))
    if not isinstance(found, Estimate):
        return found
    more = {"estimate": True, "effective_rows": weights.effective, "outside": weights.outside}
    update = {"detail": found.detail | more, "warnings": (*found.warnings, ASSUMPTION)}
    return found.model_copy(update=update | {"method": f"{found.method}, importance-weighted"})
