"""Attempts: how many tries an attack needs that goes on, as the share of attacks still withstood after each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured
from secondline.core.tables import Graded
from secondline.stats.clusters import Floats, effective_size, ratio
from secondline.stats.genai.attacks import attacks
from secondline.stats.genai.rows import Codes, accounted, codes, few, nothing, totals
from secondline.stats.intervals import clopper_pearson

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """Of each number of tries, from 1: attacks still tried, those that got through, and the share still withstood."""

    at_risk: Floats
    through: Floats
    withstood: Floats

    @property
    def variance(self) -> float:
        """Greenwood's variance of the last share: ``S^2 sum d / (n (n - d))``; 0 where all or nothing is left."""
        left = self.at_risk - self.through
        if not self.through.any() or (left == 0).any():
            return 0.0
        return float(self.withstood[-1] ** 2 * (self.through / (self.at_risk * left)).sum())


def curve(tries: Floats, through: Floats) -> Curve:
    """Return the Kaplan-Meier curve of attacks that were tried *tries* times and got *through* in the last (1) or not.

    ``S(k) = product over j up to k of (1 - d_j / n_j)``. An attack whose tries ended early, without success, counts as
    long as it was tried. Source: Kaplan and Meier (1958), JASA 53, 457.

    >>> curve(np.array([1, 2, 2, 3]), np.array([1, 1, 0, 0])).withstood.round(4).tolist()
    [0.75, 0.5, 0.5]
    """
    most = int(tries.max())
    numbers = np.arange(1, most + 1)
    at_risk = np.array([float((tries >= k).sum()) for k in numbers])
    ended = np.array([float(((tries == k) & (through > 0)).sum()) for k in numbers])
    return Curve(at_risk, ended, np.asarray(np.cumprod(1.0 - ended / at_risk), dtype=np.float64))


def withstood(graded: Graded, *, level: float = 0.95, tries: int = 0) -> Measured:
    """Share of attacks that are still withstood after *tries* tries each (0: as many as were made): a survival curve.

    A try is a replicate; an attack gets through where the criterion fails, and is tried no more. Benign twins stay out.
    Kaplan and Meier's estimate, since calls that failed end some attacks early. Interval: Clopper and Pearson's at the
    number of attacks that Greenwood's variance is worth, ``S (1 - S) / Var`` (Dorey and Korn 1987, Statistics in
    Medicine 6, 679), divided by the design effect of the clusters; where none got through, at the number that were
    tried to the end. ``detail`` has the curve, the tries after which half got through, and those of each success. It is
    resistance to this attacker, and not to a better one. Undefined without a verdict.
    """
    case, times, through, cluster = _attacks(attacks(graded), tries)
    if not len(case):
        return nothing(graded)
    found = curve(times, through)
    value, n, clusters = float(found.withstood[-1]), float(len(case)), int(cluster.max()) + 1
    variance = found.variance
    size = value * (1 - value) / variance if variance > 0 else float(found.at_risk[-1]) if value > 0 else n
    effect = _effect(through, cluster, level)
    span = clopper_pearson(value * size / effect, size / effect, level)
    half = np.flatnonzero(found.withstood <= HALF)
    return Estimate(
        value=value, low=min(span.low, value), high=max(span.high, value), level=level, n=n,
        events=float(through.sum()), method="Kaplan-Meier, Clopper-Pearson at the effective size",
        detail={"curve": _rows(found), "tries": len(found.withstood),
                "median tries": int(half[0]) + 1 if len(half) else None,
                "tries of each success": [int(t) for t in times[through > 0]], "design effect": effect,
                "clusters": clusters, "answers": accounted(graded)},
        warnings=few(clusters, n),
    )  # fmt: skip


def _attacks(graded: Graded, most: int) -> tuple[Any, Floats, Floats, Codes]:
    """Return each attack, its graded tries up to *most* and the first success, whether it got through, its cluster."""
    verdict = graded.number("verdict")
    rows = graded.where(np.isfinite(verdict))
    names, first, place = np.unique(rows["case"].astype(str), return_index=True, return_inverse=True)
    times, through = np.zeros(len(names)), np.zeros(len(names))
    for at in np.argsort(rows.number("replicate"), kind="stable").tolist():
        case = place[at]
        if through[case] or (most and times[case] >= most):
            continue
        times[case] += 1
        through[case] = float(rows.number("verdict")[at] == 0)
    return names, times, through, codes(rows["cluster"][first])


def _effect(through: Floats, cluster: Codes, level: float) -> float:
    """Return the design effect of getting through within clusters, at least 1; 1 for attacks that stand alone."""
    size = float(len(through))
    both = ratio(totals(through, cluster), totals(np.ones(len(through)), cluster))
    if both is None or both.clusters >= size or both.top in {0.0, both.bottom}:
        return 1.0
    return max(size / effective_size(both, size, level), 1.0)


def _rows(found: Curve) -> list[dict[str, float]]:
    parts = zip(found.at_risk.tolist(), found.through.tolist(), found.withstood.tolist(), strict=True)
    return [{"try": k, "tried": n, "got through": d, "withstood": s} for k, (n, d, s) in enumerate(parts, 1)]
