"""What the difference between two models is worth: in money at one approval rate, and against its price in size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.declared.money import Money
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import Decision
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.challenge.aligned import Floats, beside, partial
from secondline.stats.challenge.swaps import Decided, approvals
from secondline.stats.discrimination.paired import versus_challenger

RESAMPLES, SEED = 400, 20_261_125


def money_lead(
    rows: Sample, score: Floats, decision: Decision | None, money: Money, *, lower_is_riskier: bool = False,
    level: float = 0.95, rate: float | None = None,
) -> Measured:  # fmt: skip
    """Money the champion's approvals earn beyond the challenger's, both approving the same share of rows.

    An approved row loses ``loss-given-default`` of its exposure when the event occurs and earns ``margin`` of it when
    not; the sum over the rows of the sample is scaled to the population. The standard error is that of 400 bootstrap
    resamples of rows, the cut-offs found again in each; normal interval. ``detail`` splits the sum into loss avoided
    and margin earned. Rows without an outcome or an exposure count for nothing, and are counted in a warning. Losses
    beyond the outcome window, funding and capital are outside it. Source: Hand (2009), Machine Learning 77, on why
    models are compared at the cost of their use; Efron and Tibshirani (1993), 6, for the bootstrap.
    """
    decided = approvals(rows, score, decision, lower_is_riskier=lower_is_riskier, rate=rate)
    if isinstance(decided, Undefined):
        return decided
    label = np.asarray(rows.columns["@label"], dtype=np.float64)[decided.rows]
    exposure = np.asarray(rows.columns["@exposure"], dtype=np.float64)[decided.rows]
    known = np.isfinite(label) & np.isfinite(exposure)
    if not known.any():
        return Undefined(because="no row has an outcome and an exposure", n=len(label), needed="exposures and outcomes")
    at_stake, bad = np.where(known, exposure, 0.0), known & (label == 1)
    lost = np.where(bad, money.loss_given_default * at_stake, 0.0)
    earned = np.where(bad, 0.0, money.margin * at_stake)
    own = np.asarray(rows.columns["@score"], dtype=np.float64)[decided.rows]
    again = _Again(decided, earned - lost, own if rate is not None else None)
    scale = rows.total / rows.size
    sums = [scale * again.lead(again.draw(seed)) for seed in np.random.SeedSequence(SEED).spawn(RESAMPLES)]
    value, se = scale * again.lead(np.ones(len(label))), float(np.std(sums, ddof=1))
    low, high = intervals.normal(value, se, level)
    gap = decided.weight * (decided.champion.astype(np.float64) - decided.challenger)
    unknown = int((~known & (decided.champion != decided.challenger)).sum())
    said = (f"{unknown:,} rows of the swap sets have no outcome or no exposure",) if unknown else ()
    return Estimate(
        value=value, low=low, high=high, level=level, method=f"bootstrap of rows ({RESAMPLES}), normal",
        n=int(known.sum()), events=int(bad.sum()),
        detail={
            "approval rate": decided.rate, "loss avoided": -scale * float(gap @ lost),
            "margin earned": scale * float(gap @ earned), "se": se,
            "exposure approved": scale * float((decided.weight * at_stake)[decided.champion].sum()),
            "loss-given-default": money.loss_given_default, "margin": money.margin,
        },
        warnings=said + tuple(filter(None, (partial(rows),))),
    )  # fmt: skip


class _Again:
    """The lead in money of rows counted any number of times: sorted once, cut anew for each count."""

    def __init__(self, decided: Decided, worth: Floats, own: Floats | None) -> None:
        self.weight, self.worth, self.rate = decided.weight, worth, decided.rate
        self.fixed = decided.champion.astype(np.float64)
        self.theirs = np.argsort(decided.order, kind="stable")
        self.ours = None if own is None else np.argsort(own, kind="stable")

    def draw(self, seed: np.random.SeedSequence) -> Floats:
        """Return how often each row is drawn in one resample."""
        n = len(self.weight)
        return np.bincount(np.random.default_rng(seed).integers(0, n, n), minlength=n).astype(np.float64)

    def lead(self, counts: Floats) -> float:
        """Return the champion's money less the challenger's."""
        w = self.weight * counts
        ours = self.fixed if self.ours is None else self._cut(self.ours, w, self.rate * float(w.sum()))
        theirs = self._cut(self.theirs, w, float(w @ ours))
        return float((w * self.worth) @ (ours - theirs))

    @staticmethod
    def _cut(order: Any, weight: Floats, target: float) -> Floats:
        sorted_ = weight[order]
        taken = np.empty(len(weight))
        taken[order] = np.cumsum(sorted_) - sorted_ / 2 <= target
        return taken


def complexity_gain(
    rows: Sample, scores: Mapping[str, Floats], simple: Mapping[str, bool], *, level: float = 0.95
) -> Measured:
    """Least lead in AUC of the champion over the challengers that a person can read whole.

    Of several simple benchmarks the best is the one that counts, and picking it after the fact would flatter it: the
    paired intervals (DeLong) are Bonferroni's over the simple ones, and the interval of the least lead runs from the
    least low end to the least high end, which covers. ``detail`` lists every model with its AUC. Undefined with one
    class; not applicable without a simple challenger. Source: DeLong et al. (1988); ECB guide to internal models
    (2025), section on machine learning: complexity is justified by what it gains.
    """
    chosen = [name for name in scores if simple[name]]
    if not chosen:
        because = "no challenger is of a simple kind: add `logistic`, `scorecard` or `ebm` to `challengers`"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    each = 1 - (1 - level) / len(chosen)
    found: dict[str, Estimate] = {}
    for name, score in scores.items():
        one = versus_challenger(beside(rows, score), level=each)
        if isinstance(one, Undefined):
            return one
        found[name] = one
    best = min(chosen, key=lambda name: (found[name].value, name))
    models = [
        {"name": n, "auc": e.detail["challenger"], "lead": e.value, "low": e.low, "high": e.high, "simple": simple[n]}
        for n, e in found.items()
    ]
    return found[best].model_copy(
        update={
            "low": min(end for n in chosen if (end := found[n].low) is not None),
            "high": min(end for n in chosen if (end := found[n].high) is not None),
            "level": level, "p_value": None,
            "method": f"DeLong, paired, simultaneous over {len(chosen)} simple model{'s' * (len(chosen) > 1)}",
            "detail": {"best": best, "champion auc": found[best].detail["champion"], "models": models},
        }
    )  # fmt: skip
