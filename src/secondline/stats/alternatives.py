"""Less discriminatory alternatives: of many models tried, is there one as good that approves a group more often?

The best of many candidates is flattered by its own search. So the rows that no fit has seen are halved by their hash:
one half chooses cut-offs and a short list, the other alone speaks of it, with intervals for the whole short list at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from secondline.core.declared.alternatives import Comparable
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.stats import intervals
from secondline.stats.discrimination.paired import difference

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
LEAST = 30
SHORT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Rows that no fit has seen: the champion's decisions and score, the outcome, weights, the two groups, the half.

    ``chosen`` marks the half that chooses; ``label`` is NaN where the outcome is not known.
    """

    score: Floats
    approved: Mask
    label: Floats
    weight: Floats
    group: Mask
    control: Mask
    chosen: Mask

    def part(self, rows: npt.NDArray[Any]) -> Scored:
        """Return the rows of a mask, or at places."""
        return Scored(*(getattr(self, name)[rows] for name in Scored.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model that was tried: its name, how it differs, and its scores of the rows."""

    name: str
    how: str
    score: Floats


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference between candidate and champion, and its standard error."""

    value: float
    se: float

    def span(self, level: float) -> intervals.Interval:
        """Return the normal interval."""
        return intervals.normal(self.value, self.se, level)


def less_discriminatory(
    rows: Scored, candidates: Sequence[Candidate], rule: Comparable, *, level: float = 0.95
) -> Measured:
    """Largest gain in the adverse impact ratio among comparable alternatives; 0 where there is none.

    Each candidate approves as large a share as the champion does, by a cut-off set on the choosing half. Those that
    are comparable there, approve the group more often, and are not beaten in both AUC and ratio by another, form the
    short list (at most five, best ratio first). On the other half each gets intervals, Bonferroni's over the list:
    the AUC difference by DeLong, ratio and event rate among the approved by the delta method with the cut-offs fixed.
    One is comparable when the whole interval meets the rule, and not when it misses it wholly. The low end is the best
    low end of those that are comparable, the high end also counts those not yet told. The detail is the record of the
    search. Undefined with fewer than 30 approved and 30 declined rows of either group in either half, or with one
    class. Sources: Gillis, Meursault and Ustun (2024), Operationalizing the search for less discriminatory
    alternatives; Black et al. (2024), Less discriminatory algorithms.
    """
    usable = np.isfinite(rows.score) & (rows.weight > 0)
    for candidate in candidates:
        usable &= np.isfinite(candidate.score)
    first, second = usable & rows.chosen, usable & ~rows.chosen
    for half in (rows.part(first), rows.part(second)):
        if because := _too_few(half):
            return Undefined(because=because, n=int(usable.sum()), needed=f"{LEAST} rows of each kind in each half")
    tried = [_tried(rows, candidate, rule, first) for candidate in candidates]
    champion = _ratio(rows.part(first), rows.approved[first])
    listed = _short_list(tried, champion)
    each = 1 - (1 - level) / max(len(listed), 1)
    by_name = {candidate.name: candidate for candidate in candidates}
    for entry in listed:
        entry.update(_confirmed(rows, by_name[entry["name"]], entry["cut-off"], rule, second, each))
    found = _estimate(rows.part(second), tried, listed, rule, level)
    return found.model_copy(update={"detail": found.detail | {"chosen ratio": champion}})


def _too_few(rows: Scored) -> str:
    counts = {
        f"{what} rows of the {who} group": int((mask & decided).sum())
        for who, mask in (("protected", rows.group), ("control", rows.control))
        for what, decided in (("approved", rows.approved), ("declined", ~rows.approved))
    }
    for what in ("1", "0"):
        counts[f"rows with outcome {what}"] = int((rows.label == float(what)).sum())
    return next((f"one half has {count} {what}" for what, count in counts.items() if count < LEAST), "")


def _tried(rows: Scored, candidate: Candidate, rule: Comparable, half: Mask) -> dict[str, Any]:
    """Return what the choosing half says of a candidate; here values decide, since the other half has the last word."""
    part, score = rows.part(half), candidate.score[half]
    cut = cut_off(score, part.weight, _share(part, part.approved))
    auc, ratio = _auc(part, score), _ratio(part, score < cut)
    rise = _bad_rate(part, score < cut).value
    comparable = auc.value >= -rule.auc_loss and (rule.bad_rate_rise is None or rise <= rule.bad_rate_rise)
    return {"name": candidate.name, "how": candidate.how, "cut-off": cut, "auc difference": auc.value, "ratio": ratio,
            "bad rate difference": rise, "comparable": comparable, "listed": False}  # fmt: skip


def cut_off(score: Floats, weight: Floats, share: float) -> float:
    """Return the score below which about *share* of the weight lies: ties fall on the side that comes nearer."""
    order = np.argsort(score, kind="stable")
    values, place = np.unique(score[order], return_index=True)
    below = np.concatenate([[0.0], np.cumsum(weight[order])])[np.append(place, len(score))] / weight.sum()
    nearest = int(np.argmin(np.abs(below - share)))
    return float(values[nearest]) if nearest < len(values) else float(np.nextafter(values[-1], np.inf))


def _auc(rows: Scored, score: Floats) -> Gap:
    known = np.isfinite(rows.label)
    y, w = rows.label[known] == 1, rows.weight[known]
    *_, gap, se = difference(score[known], rows.score[known], y, w)
    return Gap(gap, se)


def _rate(rows: Scored, approved: Mask, mask: Mask) -> float:
    return float(rows.weight[mask] @ approved[mask] / rows.weight[mask].sum())


def _ratio(rows: Scored, approved: Mask) -> float:
    return _rate(rows, approved, rows.group) / max(_rate(rows, approved, rows.control), np.finfo(float).tiny)


def ratio_gain(rows: Scored, approved: Mask) -> Gap:
    """Return the adverse impact ratio under *approved* less that of the champion; delta method, rules fixed."""
    mine, theirs = _influence(rows, approved), _influence(rows, rows.approved)
    se = float(np.sqrt(((mine - theirs) ** 2).sum()))
    return Gap(_ratio(rows, approved) - _ratio(rows, rows.approved), se)


def _influence(rows: Scored, approved: Mask) -> Floats:
    """Return each row's influence on the ratio of two approval rates."""
    p, q = _rate(rows, approved, rows.group), _rate(rows, approved, rows.control)
    group = rows.weight * rows.group / rows.weight[rows.group].sum()
    control = rows.weight * rows.control / rows.weight[rows.control].sum()
    return np.asarray(group * (approved - p) / q - p / q**2 * control * (approved - q))


def _bad_rate(rows: Scored, approved: Mask) -> Gap:
    """Return the event rate among those approved less that among the champion's approved, where it is known."""
    known = np.isfinite(rows.label)
    mine, theirs = approved & known, rows.approved & known
    if not (mine.any() and theirs.any()):
        return Gap(0.0, float("inf"))
    label, found = np.where(known, rows.label, 0.0), []
    for mask in (mine, theirs):
        share = rows.weight * mask / rows.weight[mask].sum()
        found.append((float(share @ label), share * (label - float(share @ label))))
    (a, one), (b, two) = found
    return Gap(a - b, float(np.sqrt(((one - two) ** 2).sum())))


def _short_list(tried: list[dict[str, Any]], champion: float) -> list[dict[str, Any]]:
    better = [c for c in tried if c["comparable"] and c["ratio"] > champion]
    front = [c for c in better if not any(_beats(other, c) for other in better)]
    listed = sorted(front, key=lambda c: (-c["ratio"], c["name"]))[:SHORT]
    for entry in listed:
        entry["listed"] = True
    return listed


def _beats(one: dict[str, Any], two: dict[str, Any]) -> bool:
    better = one["ratio"] >= two["ratio"] and one["auc difference"] >= two["auc difference"]
    return bool(better) and (one["ratio"] > two["ratio"] or one["auc difference"] > two["auc difference"])


def _confirmed(
    rows: Scored, candidate: Candidate, cut: float, rule: Comparable, half: Mask, level: float
) -> dict[str, Any]:
    """Return what the other half says: intervals, and whether the candidate meets the rule."""
    part, score = rows.part(half), candidate.score[half]
    approved = score < cut
    auc, gain, rise = _auc(part, score), ratio_gain(part, approved), _bad_rate(part, approved)
    told = [_meets(auc.span(level), -rule.auc_loss, np.inf)]
    if rule.bad_rate_rise is not None:
        told.append(_meets(rise.span(level), -np.inf, rule.bad_rate_rise))
    verdict = "no" if "no" in told else "unsure" if "unsure" in told else "yes"
    return {"confirmed": verdict, "gain": _said(gain, level), "auc": _said(auc, level),
            "bad rate": _said(rise, level), "approved": _share(part, approved)}  # fmt: skip


def _share(rows: Scored, approved: Mask) -> float:
    return float(rows.weight @ approved / rows.weight.sum())


def _meets(span: intervals.Interval, floor: float, ceiling: float) -> Literal["yes", "no", "unsure"]:
    if floor <= span.low and span.high <= ceiling:
        return "yes"
    return "no" if span.high < floor or span.low > ceiling else "unsure"


def _said(gap: Gap, level: float) -> list[float | None]:
    span = gap.span(level)
    return [x if np.isfinite(x) else None for x in (gap.value, span.low, span.high)]


def _estimate(
    rows: Scored, tried: list[dict[str, Any]], listed: list[dict[str, Any]], rule: Comparable, level: float
) -> Estimate:
    sure = [c["gain"] for c in listed if c["confirmed"] == "yes"]
    open_ = [c["gain"] for c in listed if c["confirmed"] != "no"]
    best = max([0.0, *(gain[0] for gain in sure)])
    detail = {
        "champion": {"ratio": _ratio(rows, rows.approved), "approved": _share(rows, rows.approved)},
        "rule": rule.model_dump(by_alias=True), "tried": len(tried), "candidates": tried,
    }  # fmt: skip
    method = f"delta method, simultaneous over {len(listed)} of {len(tried)} models tried"
    return Estimate(
        value=best, low=max([0.0, *(gain[1] for gain in sure)]) if listed else None,
        high=max([best, *(gain[2] for gain in open_)]) if listed else None, level=level,
        method=method if listed else f"no comparable gain among {len(tried)} models tried", n=len(rows.score),
        events=int((rows.label == 1).sum()), detail=detail,
    )  # fmt: skip
