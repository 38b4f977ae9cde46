"""Churn: how many decisions, and how much of the ranking, hang on the seed or on the rows a model was fitted on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals, power
from secondline.stats.discrimination.paired import placements
from secondline.stats.fairness.groups import decisions
from secondline.stats.weights import effective_n

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
BANDS = 20
ENOUGH = 3
"""Refits from which pairs can be left out one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """Scores of the same rows by the champion, and by each refit (one a line)."""

    champion: Floats
    scores: Floats


ALIKE = "every refit scores exactly alike: the training has no chance in it, or does not read its seed"


def same(refits: Refits) -> bool:
    """Whether all refits give the same scores, bit for bit."""
    first = refits.scores[0]
    return all(np.array_equal(first, other, equal_nan=True) for other in refits.scores[1:])


def flips(refits: Refits, rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Share of decisions of the champion that a refit takes otherwise, on average over refits.

    With y(k, i) whether refit k decides row i otherwise than the champion, the value is the (weighted) mean of y over
    both. Refits and rows are both samples, and crossed: ``se^2 = var_k(mean_i y) / K + sum w_i^2 (mean_k y - value)^2``
    with the weights adding to one, which counts what is peculiar to single cells in both terms and so errs on the wide
    side (Owen 2007). Student's t on the logit scale with Satterthwaite's degrees of freedom: K - 1 when the refits
    disagree, many when the rows do. With no flip at all the high end is the zero-defect bound of the rows. ``detail``
    has the share of each refit, the share on which two refits differ from each other (with a jackknife over refits),
    the spread of the AUC and the flips by score. Rows that any of the models cannot score are left out. Not applicable
    without a decision rule; undefined with fewer than two refits or nothing to decide. Sources: Owen (2007), Annals of
    Applied Statistics 1, 386; Satterthwaite (1946), Biometrics 2, 110.
    """
    if spec.decision is None:
        return Undefined(because="model.yaml states no `decision` rule", kind="not-applicable", n=rows.size)
    if len(refits.scores) < 2:  # noqa: PLR2004 - a spread needs two
        return Undefined(because="one refit tells no spread", n=rows.size, needed="two refits")
    keep, approved, others = _decided(refits, rows, spec)
    if not keep.any():
        return Undefined(because="no row can be decided by every model", needed="rows with a score")
    w = _weights(rows, keep)
    found = _crossed(others[:, keep] != approved[keep], w, level)
    detail: dict[str, Any] = {
        "refits": len(others), "by refit": [float(x) for x in (others[:, keep] != approved[keep]) @ w],
        "pairwise": _pairwise(others[:, keep], w, level),
        "approved by the champion": float(w @ approved[keep]),
        "left out": int((~keep).sum()), "auc": _aucs(refits, rows, keep),
        "flips by score": _by_score(refits.champion[keep], (others[:, keep] != approved[keep]).mean(axis=0)),
    }  # fmt: skip
    warned = (ALIKE,) if same(refits) else found.warnings
    return found.model_copy(update={"detail": detail, "warnings": warned})


def _decided(refits: Refits, rows: Sample, spec: ModelSpec) -> tuple[Bools, Bools, Bools]:
    """Return the rows every model decides, the champion's decisions and each refit's."""
    every = [_approved(rows, scores, spec) for scores in (refits.champion, *refits.scores)]
    keep = np.logical_and.reduce([known for _, known in every])
    return keep, every[0][0], np.stack([approved for approved, _ in every[1:]])


def _approved(rows: Sample, scores: Floats, spec: ModelSpec) -> tuple[Bools, Bools]:
    return decisions(replace(rows, columns=rows.columns | {"@score": scores}), spec)


def _weights(rows: Sample, keep: Bools) -> Floats:
    w = rows.weight[keep]
    return np.asarray(w / w.sum())


def _crossed(y: Bools, w: Floats, level: float) -> Estimate:
    """Estimate the mean of a crossed table of refits (down) and rows (across)."""
    refits, rows = y.shape
    by_refit, by_row = y @ w, y.mean(axis=0)
    value, n = float(by_refit.mean()), effective_n(1.0, float((w * w).sum()))
    of_refits = float(by_refit.var(ddof=1)) / refits
    of_rows = float((w * w) @ (by_row - value) ** 2) * (n / (n - 1) if n > 1 else 1.0)
    low, high = _student(value, of_refits, of_rows, (refits - 1, n - 1), level)
    bound = power.zero_failures_bound(n, confidence=level)
    if not y.any():
        high = bound
    wide = of_refits > of_rows
    said = ("the interval is as wide as it is for want of refits more than of rows (`reproduce: refits`)",)
    return Estimate(
        value=value, low=low, high=high, level=level, n=rows,
        method="refits crossed with rows, Student's t, logit scale",
        events=int(y.any(axis=0).sum()), warnings=said if wide else (),
    )  # fmt: skip


def _student(value: float, a: float, b: float, freedom: tuple[float, float], level: float) -> tuple[float, float]:
    """Return the interval of a share whose variance is the sum of two, each with its own degrees of freedom.

    On the logit scale, because shares of flips are small and skewed over refits.
    """
    if a + b <= 0 or not 0 < value < 1:
        return value, value
    df = (a + b) ** 2 / (a * a / max(freedom[0], 1) + b * b / max(freedom[1], 1))
    reach = float(sps.t.ppf((1 + level) / 2, df)) * math.sqrt(a + b)
    # The delta method: the same reach in standard errors as z would have.
    return intervals.logit_normal(value, reach / intervals.z_of(level), level)


def _pairwise(decided: Bools, w: Floats, level: float) -> dict[str, float | None]:
    """Share of rows on which two refits differ, over all pairs; the interval leaves one refit out at a time."""
    refits = len(decided)
    yes = decided.sum(axis=0)
    value = _pairs(yes, refits, w)
    if refits < ENOUGH:
        return {"value": value, "low": None, "high": None}
    left = np.array([_pairs(yes - line, refits - 1, w) for line in decided])
    of_refits = (refits - 1) / refits * float(((left - left.mean()) ** 2).sum())
    each = yes * (refits - yes) / (refits * (refits - 1) / 2)
    low, high = _student(value, of_refits, float((w * w) @ (each - value) ** 2), (refits - 1, len(w) - 1), level)
    return {"value": value, "low": low, "high": high}


def _pairs(yes: npt.NDArray[Any], refits: int, w: Floats) -> float:
    return float(w @ (yes * (refits - yes))) / (refits * (refits - 1) / 2)


def _aucs(refits: Refits, rows: Sample, keep: Bools) -> dict[str, float] | None:
    if "@label" not in rows.columns:
        return None
    y = np.asarray(rows.columns["@label"], dtype=np.float64)
    labelled = keep & np.isfinite(y)
    label, w = y[labelled] == 1, _weights(rows, labelled) if labelled.any() else np.empty(0)
    if not 0 < label.sum() < len(label):
        return None
    champion, *others = (placements(s[labelled], label, w)[2] for s in (refits.champion, *refits.scores))
    spread = float(np.std(others, ddof=1))
    return {"champion": champion, "lowest": min(others), "highest": max(others), "sd": spread}


def _by_score(champion: Floats, flipped: Floats) -> list[dict[str, float]]:
    order = np.argsort(champion, kind="stable")
    parts = np.array_split(order, min(BANDS, len(order)))
    return [
        {"from": float(champion[p[0]]), "to": float(champion[p[-1]]), "flips": float(flipped[p].mean()), "rows": len(p)}
        for p in parts
    ]


def rank(refits: Refits, *, level: float = 0.95) -> Measured:
    """Mean rank correlation (Spearman) of the scores of each refit with the champion's.

    On Fisher's z the variance is that between refits over K plus, for the rows, ``(1 + r^2 / 2) / (n - 3)`` (Bonett and
    Wright 2000); Student's t on Satterthwaite's degrees of freedom. Exactly 1 with no width when every refit keeps the
    order of all rows. Unweighted, over rows that every model scores; ties share their mean rank. Undefined with fewer
    than two refits, fewer than four rows or scores that do not vary. Source: Bonett and Wright (2000), Psychometrika
    65, 23.
    """
    keep = np.isfinite(refits.champion) & np.isfinite(refits.scores).all(axis=0)
    n, k = int(keep.sum()), len(refits.scores)
    if k < 2 or n < 4:  # noqa: PLR2004 - a spread needs two refits, Fisher's z four rows
        return Undefined(because=f"{k} refits of {n:,} rows tell no spread", n=n, needed="two refits and four rows")
    ranks = [sps.rankdata(scores[keep]) for scores in (refits.champion, *refits.scores)]
    if any(r.max() == r.min() for r in ranks):
        return Undefined(because="the scores of a model do not vary", n=n, needed="scores that differ")
    found = np.array([np.corrcoef(ranks[0], r)[0, 1] for r in ranks[1:]])
    found = np.clip(np.where(found > 1 - 1e-12, 1.0, found), -1.0, 1.0)
    detail = {"same": same(refits), "by refit": [float(r) for r in found], "lowest": float(found.min()), "refits": k}
    if found.min() == 1.0:
        return Estimate(value=1.0, low=1.0, high=1.0, level=level, method="the same order", n=n, detail=detail)
    z = np.arctanh(np.minimum(found, 1 - 1e-12))
    of_refits, of_rows = float(z.var(ddof=1)) / k, (1 + float(found.mean()) ** 2 / 2) / (n - 3)
    df = (of_refits + of_rows) ** 2 / (of_refits**2 / (k - 1) + of_rows**2 / (n - 3))
    reach = float(sps.t.ppf((1 + level) / 2, df)) * math.sqrt(of_refits + of_rows)
    middle = float(z.mean())
    return Estimate(
        value=math.tanh(middle), low=math.tanh(middle - reach), high=math.tanh(middle + reach), level=level,
        method="Fisher's z, refits and rows", n=n, detail=detail,
    )  # fmt: skip
