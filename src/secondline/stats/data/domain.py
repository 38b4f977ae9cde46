"""The domain classifier: can the rows of two populations be told apart, all features together?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.tables import Sample, ScoreTable
from secondline.stats.discrimination.auc import auc

ROWS_A_SIDE = 10_000
FOLDS = 5
RIDGE = 1.0
LEVELS = 10
DRIVERS = 8
LEAST = 50
STEPS, CLOSE, FARTHEST, TINY = 25, 1e-6, 2.0, 1e-9
Matrix = npt.NDArray[np.float64]


def domain_auc(reference: Sample, current: Sample, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """AUC with which a cross-fitted classifier tells current rows from reference rows; 0.5 when they are alike.

    Ridge logistic regression on all features: numbers as standardised ranks of the pooled rows, missing flags, and the
    ten commonest levels of each category. Up to 10,000 rows a side, the ones with the smallest hashes; folds follow the
    hash, so the answer is the same every time and identical rows share a fold. Scores are out-of-fold; the interval is
    DeLong's, a little narrow because the folds share training rows. ``detail`` lists the features that separate most.
    Undefined with fewer than 50 rows on a side or no features. Source: classifier two-sample test, Lopez-Paz and Oquab
    (2017); EBA supervisory handbook par. 44d, 49d.
    """
    names = [c for c in facts.features if c in reference.columns and c in current.columns]
    sides = [_first(reference), _first(current)]
    if min(sides) < LEAST or not names:
        return Undefined(because="too few rows or no shared features", n=min(sides), needed=f"{LEAST} rows a side")
    x, owners = _features(reference, current, names, sides)
    if not x.shape[1]:
        return Undefined(because="every shared feature is constant", kind="not-applicable", n=sum(sides))
    y = np.repeat([0.0, 1.0], sides)
    hashes = np.concatenate([reference.hashes[: sides[0]], current.hashes[: sides[1]]])
    fold = ((hashes >> np.uint64(7)) % np.uint64(FOLDS)).astype(np.int64)
    score, weights = np.zeros(len(y)), np.zeros(x.shape[1])
    for k in range(FOLDS):
        held = fold == k
        beta = _fit(x[~held], y[~held])
        score[held] = x[held] @ beta[1:] + beta[0]
        weights += np.abs(beta[1:]) / FOLDS
    found = auc(ScoreTable.of(score, y, probability=False), level=level)
    if isinstance(found, Undefined):
        return found
    total = dict.fromkeys(owners, 0.0)
    for owner, weight in zip(owners, weights, strict=True):
        total[owner] += float(weight)
    drivers = sorted(total.items(), key=lambda pair: -pair[1])[:DRIVERS]
    detail = {"drivers": [{"feature": f, "weight": w} for f, w in drivers], "rows": sides}
    return Estimate(
        value=found.value, low=found.low, high=found.high, level=level, method="DeLong, cross-fitted", n=sum(sides),
        p_value=found.p_value, mde=found.mde, mde_unit="AUC above 0.5", detail=detail,
    )  # fmt: skip


def _first(sample: Sample) -> int:
    return min(sample.size, ROWS_A_SIDE)


def _features(a: Sample, b: Sample, names: list[str], sides: list[int]) -> tuple[Matrix, list[str]]:
    columns: list[Matrix] = []
    owners: list[str] = []
    for name in names:
        values = np.concatenate([a.columns[name][: sides[0]], b.columns[name][: sides[1]]])
        made = _levels(values) if values.dtype == object else _number(values)
        kept = [c for c in made if c.std() > 0]
        columns += [(c - c.mean()) / c.std() for c in kept]
        owners += [name] * len(kept)
    return (np.column_stack(columns) if columns else np.empty((sum(sides), 0))), owners


def _number(values: npt.NDArray[Any]) -> list[Matrix]:
    numbers = np.asarray(values, dtype=np.float64)
    present = ~np.isnan(numbers)
    rank = np.full(len(numbers), 0.5)
    if present.any():
        unique, place = np.unique(numbers[present], return_inverse=True)
        rank[present] = (place + 1) / (len(unique) + 1)
    return [rank, rank * rank, (~present).astype(np.float64)]


def _levels(values: npt.NDArray[Any]) -> list[Matrix]:
    counts = Counter(values.tolist())
    common = sorted(counts, key=lambda v: (-counts[v], str(v)))[:LEVELS]
    return [np.array([v == level for v in values], dtype=np.float64) for level in common]


def _fit(x: Matrix, y: Matrix) -> Matrix:
    """Ridge logistic regression by Newton's method from zero; the intercept is not shrunk."""
    design = np.column_stack([np.ones(len(x)), x])
    shrink = np.full(design.shape[1], RIDGE)
    shrink[0] = 0.0
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        p = expit(np.clip(design @ beta, -35, 35))
        slope = design.T @ (y - p) - shrink * beta
        bend = design.T @ (design * (p * (1 - p))[:, None])
        bend[np.diag_indices_from(bend)] += shrink + TINY
        step = np.linalg.solve(bend, slope)
        beta += step / max(1.0, float(np.abs(step).max()) / FARTHEST)
        if np.abs(step).max() < CLOSE:
            break
    return beta
