"""Fairness: outcomes, scores and errors of protected groups beside those of a control group.

Every statistic looks at all groups of one column at once and speaks of the worst: its intervals are Bonferroni's, so
that together they cover, and the interval of the worst runs from the worst low end to the worst high end. Groups under
30 rows are listed and not judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.data.domain import LEAST, domain_auc
from secondline.stats.weights import effective_counts, effective_n

LEAST_ROWS = 30
MOST_GROUPS = 20
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Groups:
    """The rows of each judged group, the control's, and the sizes of those too small to judge."""

    masks: dict[str, Mask]
    control: str
    small: dict[str, int]

    @property
    def others(self) -> Iterator[tuple[str, Mask]]:
        """Every judged group but the control."""
        return ((name, mask) for name, mask in self.masks.items() if name != self.control)

    def each(self, level: float) -> float:
        """Bonferroni's level for one of the comparisons."""
        return 1 - (1 - level) / max(len(self.masks) - 1, 1)


def grouped(rows: Sample, column: str, spec: ModelSpec, eligible: Mask) -> Groups | Undefined:
    """Return the groups of *column* among the eligible rows; the control is the one model.yaml names, else the largest.

    Undefined when the column has more than 20 values, or fewer than two groups of at least 30 rows, or too few rows of
    the named control.
    """
    values = rows.columns[column]
    known = np.array([v is not None and v == v for v in values], dtype=bool)  # noqa: PLR0124 - NaN differs from itself
    names = sorted({_name(v) for v in values[known].tolist()})
    if len(names) > MOST_GROUPS:
        because = f"{column!r} has {len(names):,} values; cut it into groups"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    texts = np.array([_name(v) if k else "" for v, k in zip(values.tolist(), known, strict=True)])
    masks = {name: known & eligible & (texts == name) for name in names}
    sizes = {name: int(mask.sum()) for name, mask in masks.items()}
    judged = {name: mask for name, mask in masks.items() if sizes[name] >= LEAST_ROWS}
    named = spec.reference_groups.get(column)
    if named is not None and named not in judged:
        because = f"the control group {named!r} of {column!r} has {sizes.get(named, 0)} rows"
        return Undefined(because=because, n=rows.size, needed=f"{LEAST_ROWS} rows")
    if len(judged) < 2:  # noqa: PLR2004 - a comparison needs two
        because = f"fewer than two groups of {column!r} have {LEAST_ROWS} rows"
        return Undefined(because=because, n=rows.size, needed=f"{LEAST_ROWS} rows in each of two groups")
    control = named or max(judged, key=lambda name: (sizes[name], name))
    return Groups(judged, control, {name: size for name, size in sizes.items() if name not in judged})


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _weight(rows: Sample) -> Floats:
    return np.asarray(rows.columns.get("@weight", np.ones(rows.size)), dtype=np.float64)


def decisions(rows: Sample, spec: ModelSpec) -> tuple[Mask, Mask]:
    """Return which rows the decision rule approves, and which it can decide at all (those with a score)."""
    turned = np.asarray(rows.columns["@score"], dtype=np.float64)
    score = -turned if spec.score.direction == "lower-is-riskier" else turned
    decided = np.isfinite(score) & (_weight(rows) > 0)
    rule = spec.decision
    if rule is None:
        return np.zeros(rows.size, dtype=bool), np.zeros(rows.size, dtype=bool)
    if rule.approve_below is not None:
        return decided & (score < rule.approve_below), decided
    return decided & (score >= (rule.approve_at_least or 0.0)), decided


def _counts(rows: Sample, hit: Mask, among: Mask) -> tuple[float, float]:
    """Return Kish's effective hits and rows of a group."""
    w = _weight(rows)
    return effective_counts(float(w[hit & among].sum()), float(w[among].sum()), float((w[among] ** 2).sum()))


def _worst(
    rows: Sample, groups: Groups, found: list[dict[str, Any]], level: float, method: str, *, lowest: bool
) -> Estimate:
    """Return the estimate of the worst group: of several intervals, the worst of each end."""
    pick = min if lowest else max
    worst = pick(found, key=lambda g: g["value"])
    part = "" if rows.size >= rows.total else f", on {rows.size:,} of {rows.total:,} rows"
    return Estimate(
        value=worst["value"], low=pick(g["low"] for g in found), high=pick(g["high"] for g in found), level=level,
        method=f"{method}, simultaneous over {len(found)} group{'s' * (len(found) > 1)}{part}",
        n=sum(int(m.sum()) for m in groups.masks.values()),
        detail={"worst": worst["group"], "control": groups.control, "groups": found,
                "too small to judge": groups.small},
    )  # fmt: skip


def _compared(
    rows: Sample, column: str, spec: ModelSpec, hit: Mask, among: Mask, level: float,
    compare: Callable[[float, float, float, float, float], tuple[float, intervals.Interval] | None],
    method: str, *, lowest: bool,
) -> Measured:  # fmt: skip
    groups = grouped(rows, column, spec, among)
    if isinstance(groups, Undefined):
        return groups
    control = _counts(rows, hit, groups.masks[groups.control])
    found = []
    for name, mask in groups.others:
        counts = _counts(rows, hit, mask)
        compared = compare(*counts, *control, groups.each(level))
        if compared is None:
            return Undefined(
                because=f"nobody in the control group {groups.control!r} was approved, so there is no ratio",
                n=int(among.sum()), needed="approvals in the control group",
            )  # fmt: skip
        value, span = compared
        found.append({"group": name, "rows": int(mask.sum()), "rate": counts[0] / counts[1],
                      "control rate": control[0] / control[1], "value": value, "low": span.low, "high": span.high,
                      "p": _fisher(counts, control)})  # fmt: skip
    return _worst(rows, groups, found, level, method, lowest=lowest)


def _fisher(one: tuple[float, float], two: tuple[float, float]) -> float:
    table = np.array([[round(one[0]), round(one[1] - one[0])], [round(two[0]), round(two[1] - two[0])]])
    return float(sps.fisher_exact(table).pvalue)


def adverse_impact(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest adverse impact ratio: approval rate of a group over that of the control group.

    Katz's interval on the log scale for each group; ``detail`` holds every group with Fisher's exact p-value, not
    adjusted. Weighted rows enter as Kish's effective counts. Rows without a score are not decided and not counted.
    Undefined without two groups of 30 rows, or when nobody in the control group is approved. Sources: 29 CFR
    1607.4(D), by analogy; Katz et al. (1978).
    """
    approved, decided = decisions(rows, spec)

    def ratio(x: float, n: float, cx: float, cn: float, each: float) -> tuple[float, intervals.Interval] | None:
        return None if cx <= 0 else ((x / n) / (cx / cn), intervals.katz(x, n, cx, cn, each))

    return _compared(rows, column, spec, approved, decided, level, ratio, "Katz", lowest=True)


def approval_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest marginal effect: approval rate of a group less that of the control group, as a share.

    Newcombe's interval; otherwise as ``adverse_impact``.
    """
    approved, decided = decisions(rows, spec)
    return _compared(rows, column, spec, approved, decided, level, _gap, "Newcombe", lowest=True)


def _gap(x: float, n: float, cx: float, cn: float, each: float) -> tuple[float, intervals.Interval]:
    return x / n - cx / cn, intervals.newcombe(x, n, cx, cn, each)


def false_declines(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest gap in false declines: of those who did not have the event, the share declined, less the control's.

    Newcombe's interval; otherwise as ``adverse_impact``. Outcomes of declined applicants are often unknown: the gap
    speaks of the rows that have one. Source: Hardt, Price and Srebro (2016), equality of opportunity.
    """
    approved, decided = decisions(rows, spec)
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    return _compared(
        rows, column, spec, ~approved & decided, decided & (label == 0), level, _gap, "Newcombe", lowest=False
    )


def score_gap(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest standardised mean difference of the score, group less control, positive where the group scores riskier.

    The denominator is the pooled standard deviation of the two groups; the standard error is
    ``sqrt(1/n + 1/m + d^2 / (2 (n + m)))``, normal interval. Weighted means and variances with Kish's sizes. Undefined
    without two groups of 30 rows, or when the score does not vary in them. Source: Hedges and Olkin (1985), 5.
    """
    score = np.asarray(rows.columns["@score"], dtype=np.float64)
    w = _weight(rows)
    groups = grouped(rows, column, spec, np.isfinite(score) & (w > 0))
    if isinstance(groups, Undefined):
        return groups
    control = _moments(score, w, groups.masks[groups.control])
    found = []
    for name, mask in groups.others:
        mean, variance, n = _moments(score, w, mask)
        pooled = math.sqrt(((n - 1) * variance + (control[2] - 1) * control[1]) / (n + control[2] - 2))
        if pooled <= 0:
            return Undefined(because="the score does not vary within the groups", n=rows.size)
        d = (mean - control[0]) / pooled
        se = math.sqrt(1 / n + 1 / control[2] + d * d / (2 * (n + control[2])))
        span = intervals.normal(d, se, groups.each(level))
        found.append({"group": name, "rows": int(mask.sum()), "mean": mean, "control mean": control[0], "value": d,
                      "low": span.low, "high": span.high})  # fmt: skip
    return _worst(rows, groups, found, level, "normal, Hedges and Olkin", lowest=False)


def _moments(values: Floats, weight: Floats, mask: Mask) -> tuple[float, float, float]:
    v, w = values[mask], weight[mask]
    n = effective_n(float(w.sum()), float((w * w).sum()))
    mean = float(np.average(v, weights=w))
    return mean, float(np.average((v - mean) ** 2, weights=w)) * n / max(n - 1, 1), n


def proxy(rows: Sample, column: str, spec: ModelSpec, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Highest AUC with which the features together tell one group from all the others; 0.5 when they cannot.

    The cross-fitted ridge classifier of ``data.representativeness``, for each group of at least 50 rows; the features
    that give each group away are in ``detail``. High means the features could stand in for the attribute; whether
    they do is a question of use and importance. Where there is nothing to tell, cross-fitting gives a little less than
    0.5. Undefined without such groups. Source: CFPB, Supervisory Highlights
    and 12 CFR 1002, commentary on proxies; Lopez-Paz and Oquab (2017).
    """
    groups = grouped(rows, column, spec, np.ones(rows.size, dtype=bool))
    if isinstance(groups, Undefined):
        return groups
    big = {name: mask for name, mask in groups.masks.items() if min(mask.sum(), (~mask).sum()) >= LEAST}
    own = facts.model_copy(update={"features": tuple(f for f in facts.features if f != column)})
    if len(groups.masks) == 2 and not groups.small:  # noqa: PLR2004 - telling one of two apart tells the other
        big = dict(groups.others)
    each = 1 - (1 - level) / max(len(big), 1)
    found = []
    for name, mask in big.items():
        told = domain_auc(_taken(rows, ~mask), _taken(rows, mask), own, level=each)
        if isinstance(told, Undefined) or told.low is None or told.high is None:
            continue
        found.append({"group": name, "rows": int(mask.sum()), "value": told.value, "low": told.low, "high": told.high,
                      "drivers": [d["feature"] for d in told.detail["drivers"][:3]]})  # fmt: skip
    if not found:
        return Undefined(because="no group could be told from the others", n=rows.size, needed=f"{LEAST} rows a group")
    return _worst(rows, groups, found, level, "DeLong, cross-fitted", lowest=False)


def _taken(rows: Sample, mask: Mask) -> Sample:
    size = int(mask.sum())
    return Sample(max(size, 1), size, rows.hashes[mask], {c: v[mask] for c, v in rows.columns.items()})
