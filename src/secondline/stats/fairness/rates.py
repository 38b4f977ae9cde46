"""Rates of approval and of error by group: ratio, gap, false declines, error rates, and one test of all groups."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.groups import Found, Groups, Mask, counts, decisions, grouped, part_of, worst
from secondline.stats.stability.noise import noncentrality_interval

Compare = Callable[[float, float, float, float, float], tuple[float, intervals.Interval] | None]


def adverse_impact(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest adverse impact ratio: approval rate of a group over that of the control group; 1 when alike.

    Interval of Katz on the log scale, simultaneous over the groups; Kish's effective counts with weights. ``detail``
    has every group with its rate, ratio, interval and Fisher's exact p (on counts rounded, not adjusted). Undefined
    when nobody in the control group was approved. The four-fifths screen is a limit of policy, not of this measure.
    Sources: 29 CFR 1607.4(D) by analogy; Katz et al. (1978), Biometrics 34.
    """
    approved, decided = decisions(rows, spec)
    return _compared(rows, column, spec, approved, decided, level, ratio, "Katz", lowest=True)


def approval_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest marginal effect: approval rate of a group less that of the control group, as a share.

    Newcombe's interval; otherwise as ``adverse_impact``.
    """
    approved, decided = decisions(rows, spec)
    return _compared(rows, column, spec, approved, decided, level, gap, "Newcombe", lowest=True)


def false_declines(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest gap in false declines: of those who did not have the event, the share declined, less the control's.

    Newcombe's interval; otherwise as ``adverse_impact``. Outcomes of declined applicants are often unknown: the gap
    speaks of the rows that have one. Source: Hardt, Price and Srebro (2016), equality of opportunity.
    """
    approved, decided = decisions(rows, spec)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    return _compared(
        rows, column, spec, ~approved & decided, decided & (label == 0), level, gap, "Newcombe", lowest=False
    )


def ratio(x: float, n: float, cx: float, cn: float, each: float) -> tuple[float, intervals.Interval] | None:
    """Return the ratio of two rates with Katz's interval; None where the second rate is 0."""
    return None if cx <= 0 else ((x / n) / (cx / cn), intervals.katz(x, n, cx, cn, each))


def gap(x: float, n: float, cx: float, cn: float, each: float) -> tuple[float, intervals.Interval]:
    """Return the difference of two rates with Newcombe's interval."""
    return x / n - cx / cn, intervals.newcombe(x, n, cx, cn, each)


def _compared(
    rows: Sample, column: str, spec: ModelSpec, hit: Mask, among: Mask, level: float, compare: Compare,
    method: str, *, lowest: bool,
) -> Measured:  # fmt: skip
    groups = grouped(rows, column, spec, among)
    if isinstance(groups, Undefined):
        return groups
    found = compared(rows, groups, hit, groups.each(level), compare)
    if found is None:
        because = f"nobody in the control group {groups.control!r} was approved, so there is no ratio"
        return Undefined(because=because, n=int(among.sum()), needed="approvals in the control group")
    return worst(rows, groups, found, level, method, lowest=lowest)


def compared(rows: Sample, groups: Groups, hit: Mask, each: float, compare: Compare) -> list[Found] | None:
    """Return every group's rate of *hit* beside the control's; None where there is no comparison."""
    w = rows.weight
    control = counts(w, hit, groups.masks[groups.control])
    found: list[Found] = []
    for name, mask in groups.others:
        mine = counts(w, hit, mask)
        told = compare(*mine, *control, each)
        if told is None:
            return None
        value, span = told
        found.append({"group": name, "rows": int(mask.sum()), "rate": mine[0] / mine[1],
                      "control rate": control[0] / control[1], "value": value, "low": span.low, "high": span.high,
                      "p": fisher(mine, control)})  # fmt: skip
    return found


def fisher(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return Fisher's exact p of two (hits, rows), rounded to whole rows."""
    table = np.array([[round(one[0]), round(one[1] - one[0])], [round(two[0]), round(two[1] - two[0])]])
    return float(sps.fisher_exact(table).pvalue)


def error_parity(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Largest gap, in absolute value, of true positives or precision between a group and the control; 0 when alike.

    A decline is the positive prediction and the event what it predicts: the true-positive rate is the share declined
    of those who had the event, precision the share with the event of those declined. Newcombe's intervals at
    Bonferroni's level over both rates and all groups; the ends quoted are the largest distance from 0 that each
    end of an interval proves (low, 0 where all straddle it) or allows (high). ``detail`` has both rates and the
    false-positive rate (``false_declines`` judges it) of each group. A rate without rows in a group is left out and
    named; undefined without any. The rows are those whose outcome is known. Sources: Hardt, Price and Srebro (2016);
    Chouldechova (2017) for why all rates can not be equal at once where event rates differ.
    """
    approved, decided = decisions(rows, spec)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    labelled, declined, event = decided & np.isfinite(label), ~approved & decided, label == 1
    groups = grouped(rows, column, spec, labelled)
    if isinstance(groups, Undefined):
        return groups
    cases = {"true positives": (declined, event), "precision": (event, declined), "false positives": (declined, ~event)}
    found: list[Found] = []
    left: list[str] = []
    for name, (hit, among) in cases.items():
        some = chosen_among(groups, among, spec.fairness.smallest_group)
        left += [f"{name} of {group}" for group in groups.masks if group not in some.masks]
        if groups.control in some.masks:
            each = compared(rows, some, hit, groups.each(level, 2), gap) or []
            found += [{"rate of": name, **one} for one in each]
    judged = [one for one in found if one["rate of"] != "false positives"]
    if not judged:
        least = spec.fairness.smallest_group
        because = "no group and its control have enough events or declines with a known outcome"
        return Undefined(because=because, n=groups.size, needed=f"{least} events and {least} declines a group")
    top = max(judged, key=lambda one: abs(one["value"]))
    return Estimate(
        value=abs(top["value"]), low=max(max(one["low"], -one["high"], 0.0) for one in judged),
        high=max(max(-one["low"], one["high"]) for one in judged), level=level,
        method=f"Newcombe, simultaneous over {len(judged)} gaps{part_of(rows)}", n=groups.size,
        events=float((groups_mask(groups) & event).sum()),
        detail={"worst": top["group"], "of": top["rate of"], "control": groups.control, "groups": found,
                "too small to judge": groups.small},
        warnings=tuple(f"too few rows for {one}" for one in left),
    )  # fmt: skip


def groups_mask(groups: Groups) -> Mask:
    """Return the rows of all judged groups."""
    return np.asarray(np.logical_or.reduce(list(groups.masks.values())))


def chosen_among(groups: Groups, among: Mask, least: int) -> Groups:
    """Return the groups that have at least *least* rows *among* some."""
    masks = {name: mask & among for name, mask in groups.masks.items()}
    return Groups({n: m for n, m in masks.items() if int(m.sum()) >= least}, groups.control, groups.small)


def homogeneity(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Standard deviation of the approval rate between groups, less what chance alone gives; 0 when alike.

    ``Q = sum w (r - r_w)^2`` over G groups, ``w = n / (r (1 - r))`` of the pooled rate (Pearson's chi-square, G - 1
    degrees of freedom, ``p_value``). Its non-centrality over the sum of weights is the variance between groups; the
    value is the root of ``max(Q - (G - 1), 0)`` over it, the interval inverts the non-central chi-square. ``detail``
    has the unweighted de-biased variance (it may be negative) and every group's rate. Unlike the worst ratio it does
    not grow with the number of groups. Undefined when all or none were approved. Source: Lum, Zhang and Bower (2022),
    De-biasing "bias" measurement; Agresti (2013), 3.2.
    """
    approved, decided = decisions(rows, spec)
    groups = grouped(rows, column, spec, decided)
    if isinstance(groups, Undefined):
        return groups
    w = rows.weight
    pairs = {name: counts(w, approved, mask) for name, mask in groups.masks.items()}
    hits, n = np.array(list(pairs.values())).T
    pooled = float(hits.sum() / n.sum())
    if not 0 < pooled < 1:
        said = "everyone" if pooled else "nobody"
        return Undefined(
            because=f"{said} was approved, so the groups cannot differ", n=groups.size, needed="both decisions"
        )
    rate, df = hits / n, len(n) - 1
    weight = n / (pooled * (1 - pooled))
    q = float(weight @ (rate - pooled) ** 2)
    low, high = noncentrality_interval(q, df, level)
    unbiased = float(rate.var(ddof=1) - np.mean(rate * (1 - rate) / np.maximum(n - 1, 1)))
    return Estimate(
        value=math.sqrt(max(q - df, 0.0) / weight.sum()), low=math.sqrt(low / weight.sum()),
        high=math.sqrt(high / weight.sum()), level=level, method=f"non-central chi-square{part_of(rows)}",
        n=groups.size, p_value=float(sps.chi2.sf(q, df)),
        detail={"chi-square": q, "degrees of freedom": df, "de-biased variance": unbiased,
                "groups": [{"group": g, "rows": int(groups.masks[g].sum()), "rate": x / m}
                           for g, (x, m) in pairs.items()],
                "too small to judge": groups.small},
    )  # fmt: skip
