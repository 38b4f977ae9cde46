"""Swap sets: at the same approval rate, who is approved by one model only, and who turns out bad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import Decision
from secondline.core.tables import Sample
from secondline.stats import intervals, power
from secondline.stats.challenge.aligned import Floats, Mask, partial
from secondline.stats.weights import effective_counts


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Rows that both models score: who is approved by each, at one rate of approval."""

    rows: Mask
    champion: Mask
    challenger: Mask
    order: Floats
    """The challenger's score of those rows."""
    weight: Floats
    rate: float


def approvals(
    rows: Sample, score: Floats, decision: Decision | None, *, lower_is_riskier: bool, rate: float | None = None
) -> Decided | Undefined:
    """Return the decisions of both models at the approval rate of the champion's rule, or at *rate*.

    Whoever decides by rate approves the least risky rows until their weight is nearest to it; rows of one score are
    taken in the order of their hashes, which has nothing to do with them. Undefined without a rule or a rate, when
    nobody or everybody is approved, or without rows that both score.
    """
    own, weight = np.asarray(rows.columns["@score"], dtype=np.float64), rows.weight
    known = np.isfinite(own) & np.isfinite(score) & (weight > 0)
    if decision is None and rate is None:
        because = "model.yaml states no `decision` rule, and the check no approval `rate`"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    own, other, weight = own[known], np.asarray(score)[known], weight[known]
    total = float(weight.sum())
    if rate is not None:
        champion = least_risky(own, weight, rate * total)
    else:
        champion = _by_rule(-own if lower_is_riskier else own, decision)
    target = float(weight[champion].sum())
    if not 0 < target < total:
        because = "the champion approves everybody" if target else "the champion approves nobody"
        return Undefined(because=because, kind="not-applicable", n=len(own))
    return Decided(known, champion, least_risky(other, weight, target), other, weight, target / total)


def _by_rule(score: Floats, decision: Decision | None) -> Mask:
    if decision is None:
        return np.zeros(len(score), dtype=bool)
    return np.asarray(decision.approves(score))


def least_risky(score: Floats, weight: Floats, target: float) -> Mask:
    """Return the rows of lowest score whose weights add up to *target* as nearly as whole rows can."""
    order = np.argsort(score, kind="stable")
    taken = np.zeros(len(score), dtype=bool)
    taken[order] = np.cumsum(weight[order]) - weight[order] / 2 <= target
    return taken


def swap_sets(
    rows: Sample, score: Floats, decision: Decision | None, *, lower_is_riskier: bool = False, level: float = 0.95,
    rate: float | None = None,
) -> Measured:  # fmt: skip
    """Event rate of those only the challenger approves, less that of those only the champion approves.

    Positive when the champion chooses better where the two disagree. Both approve the same share of rows (see
    ``approvals``). The two sets hold different rows, so Newcombe's interval of two independent rates applies, given
    the cut-offs; weighted rows enter as Kish's effective counts. ``detail`` holds both sets, and those approved by
    both and by neither, with Wilson's intervals. Rows without an outcome are counted and not judged, and outcomes of
    those once declined are seldom known: the rates speak of rows that have one. Not applicable when both approve the
    same rows. Source: Thomas, Crook and Edelman (2017), Credit Scoring and Its Applications, on swap sets.
    """
    decided = approvals(rows, score, decision, lower_is_riskier=lower_is_riskier, rate=rate)
    if isinstance(decided, Undefined):
        return decided
    label = np.asarray(rows.columns["@label"], dtype=np.float64)[decided.rows]
    ours, theirs = decided.champion, decided.challenger
    masks = {"champion only": ours & ~theirs, "challenger only": theirs & ~ours, "both": ours & theirs,
             "neither": ~ours & ~theirs}  # fmt: skip
    sets = {name: _rates(mask, label, decided.weight, level) for name, mask in masks.items()}
    champion, challenger = sets["champion only"], sets["challenger only"]
    if not champion["rows"] and not challenger["rows"]:
        return Undefined(because="both models approve the same rows", kind="not-applicable", n=len(label))
    if not champion["effective"] or not challenger["effective"]:
        return Undefined(because="no outcome is known in a swap set", n=len(label), needed="outcomes of both sets")
    counts = (*_counts(challenger), *_counts(champion))
    low, high = intervals.newcombe(*counts, level)
    events = challenger["events"] + champion["events"]
    pooled = (counts[0] + counts[2]) / (counts[1] + counts[3])
    unknown = challenger["without outcome"] + champion["without outcome"]
    said = (f"{unknown:,} rows of the swap sets have no outcome",) if unknown else ()
    return Estimate(
        value=challenger["rate"] - champion["rate"], low=low, high=high, level=level, method="Newcombe",
        n=challenger["labelled"] + champion["labelled"], events=events,
        mde=power.mde_two_proportions(pooled, counts[1], counts[3], alpha=1 - level), mde_unit="event rate",
        detail={"approval rate": decided.rate, "sets": sets}, warnings=said + tuple(filter(None, (partial(rows),))),
    )  # fmt: skip


def _counts(found: dict[str, Any]) -> tuple[float, float]:
    return found["rate"] * found["effective"], found["effective"]


def _rates(mask: Mask, label: Floats, weight: Floats, level: float) -> dict[str, Any]:
    known = mask & np.isfinite(label)
    w, y = weight[known], label[known]
    events, n = effective_counts(float(w @ y), float(w.sum()), float(w @ w))
    low, high = intervals.wilson(events, n, level)
    return {
        "rows": int(mask.sum()), "share": float(weight[mask].sum() / weight.sum()), "labelled": int(known.sum()),
        "without outcome": int(mask.sum() - known.sum()), "events": int(y.sum()), "effective": n,
        "rate": events / n if n else 0.0, "low": low, "high": high,
    }  # fmt: skip
