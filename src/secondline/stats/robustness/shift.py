"""Shift: how well the model does for the worst subpopulations, and when the mix of rows changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.discrimination.paired import placements
from secondline.stats.robustness.cuts import Codes, Cut
from secondline.stats.robustness.scored import Floats, log_odds, probabilities, usable
from secondline.stats.robustness.weakness import halves
from secondline.stats.weights import effective_n

ROWS, FOLDS, PENALTY = 20_000, 5, 10.0
SHARES = (0.5, 0.2, 0.1, 0.05)
QUOTED = 0.2
TILTS = (-1.0, -0.5, 0.5, 1.0)
LEAST = 400
TOLD = 3
CELLS = 10


def worst(rows: Sample, cuts: Mapping[str, Cut], *, probability: bool = True, level: float = 0.95) -> Measured:
    """Log loss a row in the worst fifth of the rows that can be told from the columns, by conditional value at risk.

    The worst subpopulation of at least a share *a* has the mean loss of the rows whose conditional expected loss,
    given the columns, is in the upper *a*. That expectation is estimated by ridge regression of the loss on the cells
    of all columns and of the score, fitted on four fifths of the rows and applied to the other fifth, in turn, so that
    no row ranks itself; the value is the mean loss of the upper fifth. Normal interval from the influence function
    ``q + (loss - q) h / a``, with *h* whether a row is in the upper part and *q* the expectation at its edge. The
    fitted order may miss the truly worst rows, never exaggerate them: the value is a lower bound. ``detail`` has the
    curve over shares of 50, 20, 10 and 5 %, beside it what the probabilities themselves promise of the same rows (a
    higher loss where risk is higher is no weakness; loss above the promise is), the rows' make-up in words, and the
    mean over all rows. Undefined under 400 rows or with one class. Sources: Subbaswamy, Adams and Saria (2021),
    AISTATS, 3862; Li, Namkoong and Xia (2021), NeurIPS 34; Rockafellar and Uryasev (2000), Journal of Risk 2, 21.
    """
    few = rows.first(ROWS)
    score, y, w, keep = usable(few)
    if len(y) < LEAST or not 0 < y.sum() < len(y):
        return Undefined(because="too few rows, or one class only", n=len(y), events=float(y.sum()),
                         needed=f"at least {LEAST} rows with outcomes of both kinds")  # fmt: skip
    p = probabilities(score, y, w, probability=probability)
    odds = log_odds(p)
    loss = -(y * np.log(p) + (1 - y) * np.log1p(-p))
    promised = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    codes = {name: made.codes(few.columns[name][keep]) for name, made in cuts.items() if name in few.columns}
    expected = cross_fitted(_design({**codes, "@score": _tenths(odds)}), loss, w, _folds(few.hashes[keep]))
    curve = [_point(share, expected, loss, promised, w, level) for share in SHARES]
    quoted = curve[SHARES.index(QUOTED)]
    inside = _upper(expected, w, QUOTED)
    return Estimate(
        value=quoted["loss"], low=quoted["low"], high=quoted["high"], level=level,
        method="cross-fitted ridge regression on cells; normal by the influence function", n=len(y),
        events=float(y.sum()),
        detail={
            "curve": curve, "all rows": float(w @ loss / w.sum()), "all rows promised": float(w @ promised / w.sum()),
            "who": _who(inside, w, codes, cuts), "observed": float((w * y)[inside].sum() / w[inside].sum()),
            "predicted": float((w * p)[inside].sum() / w[inside].sum()),
        },
        warnings=() if few.size >= rows.total else (f"from {few.size:,} of {rows.total:,} rows",),
    )  # fmt: skip


def _tenths(odds: Floats) -> Codes:
    edges = np.unique(np.quantile(odds, np.arange(1, CELLS) / CELLS))
    return np.searchsorted(edges, odds, side="left").astype(np.int64)


def _folds(hashes: np.ndarray[Any, np.dtype[np.uint64]]) -> Codes:
    """Return the fold of each row, from its hash alone."""
    bits = [halves(hashes + np.uint64(i)) for i in range(12)]
    return np.asarray(
        sum((bit.astype(np.int64) << i for i, bit in enumerate(bits)), np.zeros(len(hashes), np.int64)) % FOLDS
    )


def _design(codes: Mapping[str, Codes]) -> Floats:
    """Return one column for every cell of every column of the data."""
    return np.column_stack([np.eye(int(code.max()) + 1)[code] for code in codes.values()])


def cross_fitted(design: Floats, target: Floats, w: Floats, fold: Codes) -> Floats:
    """Return predictions of the (weighted) target for each row by ridge regression on the other folds.

    The penalty is ten rows' worth on every coefficient but the mean.
    """
    found = np.empty(len(target))
    w = w / w.mean()
    folds = [np.flatnonzero(fold == k) for k in range(FOLDS)]
    parts = [_normal(design[rows], target[rows], w[rows]) for rows in folds]
    gram, cross, totals, sums, weight = (sum(part[i] for part in parts) for i in range(5))
    for rows, (its, crossed, total, summed, heavy) in zip(folds, parts, strict=True):
        # The other folds' normal equations are all of them less this one's.
        mean = (sums - summed) / (weight - heavy)
        left = gram - its + PENALTY * np.eye(design.shape[1])
        slope = np.linalg.solve(left, cross - crossed - mean * (totals - total))
        found[rows] = mean + design[rows] @ slope
    return found


def _normal(x: Floats, target: Floats, w: Floats) -> tuple[Any, ...]:
    """Return what the normal equations of some rows are made of."""
    weighted = x * w[:, None]
    return weighted.T @ x, weighted.T @ target, weighted.sum(axis=0), float(w @ target), float(w.sum())


def _upper(expected: Floats, w: Floats, share: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the rows of the highest expectation that hold *share* of the weight; ties at the edge are all in."""
    order = np.argsort(-expected, kind="stable")
    last = int(np.searchsorted(np.cumsum(w[order]), share * w.sum() * (1 - 1e-12)))
    return np.asarray(expected >= expected[order[min(last, len(order) - 1)]])


def _point(share: float, expected: Floats, loss: Floats, promised: Floats, w: Floats, level: float) -> dict[str, float]:
    inside = _upper(expected, w, share)
    held, total = w[inside], float(w.sum())
    mean, edge, actual = (
        float(held @ loss[inside] / held.sum()),
        float(expected[inside].min()),
        float(held.sum()) / total,
    )
    influence = edge + (loss - edge) * inside / actual
    spread = math.sqrt(float(w**2 @ (influence - w @ influence / total) ** 2)) / total
    low, high = intervals.normal(mean, spread, level)
    excess = (loss - promised)[inside]
    gap = float(held @ excess / held.sum())
    gap_low, gap_high = intervals.normal(
        gap, math.sqrt(float(held**2 @ (excess - gap) ** 2)) / float(held.sum()), level
    )
    return {
        "share": share, "actual share": actual, "loss": mean, "low": low, "high": high,
        "promised": float(held @ promised[inside] / held.sum()), "excess": gap, "excess low": gap_low,
        "excess high": gap_high,
    }  # fmt: skip


def _who(inside: Any, w: Floats, codes: Mapping[str, Codes], cuts: Mapping[str, Cut]) -> list[dict[str, Any]]:
    """Return the spans that set the rows apart most: the largest gap between their share inside and outside."""
    found: list[dict[str, Any]] = []
    for name, code in codes.items():
        spans, held = cuts[name].spans(), cuts[name].matrix(cuts[name].spans())
        here, rest = (np.bincount(code[rows], weights=w[rows], minlength=held.shape[1]) for rows in (inside, ~inside))
        if not (here.sum() and rest.sum()):
            continue
        one, two = held @ here / here.sum(), held @ rest / rest.sum()
        i = int(np.argmax(one - two))
        found.append({"region": cuts[name].words(spans[i]), "of them": float(one[i]), "of the others": float(two[i])})
    return sorted(found, key=lambda f: f["of the others"] - f["of them"])[:TOLD]


def tilt(rows: Sample, features: Sequence[str], *, probability: bool = True, level: float = 0.95) -> Measured:
    """Lowest AUC over rows reweighted so that one number after another shifts by half or one standard deviation.

    Weights are ``exp(t z)`` with z the normal quantile of the number's mid-rank: an exponential tilt, which moves z by
    about t and nothing else than what goes with it. Each AUC is weighted, with DeLong's interval at Bonferroni's level
    over all tilts. ``detail`` has for every number and tilt the AUC, observed over predicted and Kish's effective rows
    (about ``n exp(-t^2)``): where few are left, the data hardly speak of that shift. Texts and numbers of at most two
    values are left out. Undefined with one class or without a number to tilt. Source: Sugiyama, Krauledat and Mueller
    (2007), JMLR 8, 985 (importance weighting).
    """
    few = rows.first(ROWS)
    score, y, w, keep = usable(few)
    label = y == 1
    if not 0 < label.sum() < len(label):
        return Undefined(because="only one class is present", n=len(y), needed="rows of both classes")
    numbers = {n: few.columns[n][keep] for n in features if n in few.columns and few.columns[n].dtype != object}
    ranks = {n: z for n, v in numbers.items() if (z := normal_ranks(v)) is not None}
    if not ranks:
        return Undefined(because="there is no number to tilt", kind="not-applicable", n=len(y))
    each = 1 - (1 - level) / (len(ranks) * len(TILTS))
    p = score if probability else None
    points: list[dict[str, Any]] = [
        {"column": name, "tilt": t, **_tilted(score, label, w * np.exp(t * z), p, each)}
        for name, z in ranks.items()
        for t in TILTS
    ]
    lowest = min(points, key=lambda point: point["auc"])
    plain = _tilted(score, label, w, p, level)
    return Estimate(
        value=lowest["auc"], low=lowest["low"], high=lowest["high"], level=level, method="DeLong, weighted, all tilts",
        n=len(y), events=float(y.sum()),
        detail={"as it is": plain, "worst": {"column": lowest["column"], "tilt": lowest["tilt"]}, "tilts": points},
        warnings=() if few.size >= rows.total else (f"from {few.size:,} of {rows.total:,} rows",),
    )  # fmt: skip


def normal_ranks(values: Floats) -> Floats | None:
    """Return the normal quantile of each value's mid-rank, nought where it is missing; None for two values or fewer."""
    known = ~np.isnan(values)
    unique, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if len(unique) <= 2:  # noqa: PLR2004 - a flag has two values
        return None
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    found = np.zeros(len(values))
    found[known] = ndtri(middle)[place]
    return found


def _tilted(score: Floats, label: Any, w: Floats, p: Floats | None, level: float) -> dict[str, float]:
    v10, v01, auc = placements(score, label, w)
    parts = ((v10, w[label]), (v01, w[~label]))
    se = math.sqrt(sum(float(v * v @ (place - auc) ** 2) / float(v.sum()) ** 2 for place, v in parts))
    low, high = intervals.logit_normal(auc, se, level) if 0 < auc < 1 else (auc, auc)
    found = {"auc": auc, "low": low, "high": high, "effective rows": effective_n(float(w.sum()), float(w @ w))}
    if p is not None and float(w @ p) > 0:
        found["observed over predicted"] = float(w @ label) / float(w @ p)
    return found
