"""Proxies: can the features, together or one by one, stand in for a protected attribute?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample, ScoreTable
from secondline.stats.data.domain import LEAST, domain_auc
from secondline.stats.discrimination.auc import auc
from secondline.stats.fairness.groups import Floats, Found, Groups, Mask, grouped, part_of, worst

ROWS = 8_000
TWO = 2


def proxy(rows: Sample, column: str, spec: ModelSpec, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Highest AUC with which the features together tell one group from all the others; 0.5 when they cannot.

    The cross-fitted ridge classifier of ``data.representativeness``, for each group of at least 50 rows; the features
    that give each group away are in ``detail``. High means the features could stand in for the attribute; whether
    they do is a question of use and importance. Where there is nothing to tell, cross-fitting gives a little less than
    0.5. It is fitted to at most 8,000 rows: every group of every column costs five fits. Undefined without such
    groups. Source: CFPB, Supervisory Highlights and 12 CFR 1002, commentary on proxies; Lopez-Paz and Oquab (2017).
    """
    rows = rows.first(ROWS)
    groups = grouped(rows, column, spec, np.ones(rows.size, dtype=bool))
    if isinstance(groups, Undefined):
        return groups
    own = facts.model_copy(update={"features": tuple(f for f in facts.features if f != column)})
    big = {name: mask for name, mask in told_apart(groups).items() if min(mask.sum(), (~mask).sum()) >= LEAST}
    each = 1 - (1 - level) / max(len(big), 1)
    found: list[Found] = []
    for name, mask in big.items():
        told = domain_auc(_taken(rows, ~mask), _taken(rows, mask), own, level=each)
        if isinstance(told, Undefined) or told.low is None or told.high is None:
            continue
        found.append({"group": name, "rows": int(mask.sum()), "value": told.value, "low": told.low, "high": told.high,
                      "drivers": [d["feature"] for d in told.detail["drivers"][:3]]})  # fmt: skip
    if not found:
        return Undefined(because="no group could be told from the others", n=rows.size, needed=f"{LEAST} rows a group")
    return worst(rows, groups, found, level, "DeLong, cross-fitted", lowest=False)


def told_apart(groups: Groups) -> dict[str, Mask]:
    """Return the groups to tell from all others; of two, telling one tells the other."""
    return dict(groups.others) if len(groups.masks) == TWO and not groups.small else dict(groups.masks)


def _taken(rows: Sample, mask: Mask) -> Sample:
    size = int(mask.sum())
    return Sample(max(size, 1), size, rows.hashes[mask], {c: v[mask] for c, v in rows.columns.items()})


def feature_proxy(
    rows: Sample, column: str, spec: ModelSpec, importance: Measured, *, level: float = 0.95, important: float = 0.001
) -> Measured:
    """Highest AUC with which one input alone tells a protected group from all the others, where the input matters.

    The AUC is of the number (of a text, of the rate of the group among its levels, which flatters rare levels: levels
    under the smallest size count together), folded to lie above 0.5, with DeLong's interval at Bonferroni's level over
    all groups of all protected columns; a missing number is set lowest. ``p_value`` is the smallest after Bonferroni,
    H0: AUC = 0.5. *importance* is the AUC lost when the input is permuted: where its interval stays below *important*
    the model hardly uses the input, which then cannot stand in for anything; the answer says so and is no number. A
    flag thus needs both. ``detail`` has every group and the importance. Undefined where no group is large enough.
    Source: 12 CFR 1002 on proxies; DeLong et al. (1988).
    """
    found, p = _screened(rows, column, spec, level)
    if not found:
        because = "no protected group is large enough to be told apart"
        return Undefined(because=because, n=rows.size, needed=f"{spec.fairness.smallest_group} rows in two groups")
    top = max(found, key=lambda one: one["value"])
    if isinstance(importance, Estimate) and importance.high is not None and importance.high < important:
        because = (
            f"the model hardly uses it (permuting it costs {importance.value:.4f} of AUC, at most "
            f"{importance.high:.4f}); it tells {top['of']} = {top['group']} with AUC {top['value']:.3f}"
        )
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    used: Found = {}
    if isinstance(importance, Estimate):
        used = {"value": importance.value, "low": importance.low, "high": importance.high}
    return Estimate(
        value=top["value"], low=max(one["low"] for one in found), high=max(one["high"] for one in found), level=level,
        method=f"DeLong, folded, simultaneous over {len(found)} groups{part_of(rows)}", n=rows.size, p_value=p,
        detail={"worst": top["group"], "of": top["of"], "groups": found, "importance": used},
        warnings=() if used else ("how much the model uses this input is not known",),
    )  # fmt: skip


def _screened(rows: Sample, column: str, spec: ModelSpec, level: float) -> tuple[list[Found], float]:
    """Return how well a column tells each group of each protected column, and the smallest p after Bonferroni."""
    every: list[tuple[str, str, Mask, Mask]] = []
    for name in spec.columns.protected:
        groups = grouped(rows, name, spec, rows.weight > 0)
        if name != column and isinstance(groups, Groups):
            among = np.logical_or.reduce(list(groups.masks.values()))
            every += [(name, group, mask, among) for group, mask in told_apart(groups).items()]
    each = 1 - (1 - level) / max(len(every), 1)
    found: list[Found] = []
    least = 1.0
    for name, group, mask, among in every:
        told = auc(_table(rows, column, mask, among, spec.fairness.smallest_group), level=each)
        if isinstance(told, Undefined) or told.low is None or told.high is None:
            continue
        least = min(least, told.p_value if told.p_value is not None else 1.0)
        found.append({"of": name, "group": group, "rows": int(mask.sum()), **folded(told.value, told.low, told.high)})
    return found, min(1.0, least * max(len(found), 1))


def folded(value: float, low: float, high: float) -> Found:
    """Return an AUC turned so that it lies above 0.5; an interval that straddles 0.5 begins there."""
    if low <= 0.5 <= high:  # noqa: PLR2004 - no ranking
        return {"value": max(value, 1 - value), "low": 0.5, "high": max(high, 1 - low)}
    ends = (low, high) if value > 0.5 else (1 - high, 1 - low)  # noqa: PLR2004 - no ranking
    return {"value": max(value, 1 - value), "low": ends[0], "high": ends[1]}


def _table(rows: Sample, column: str, mask: Mask, among: Mask, least: int) -> ScoreTable:
    values = rows.columns[column]
    number = _by_level(values, mask & among, among, least) if values.dtype == object else _lowest(values)
    return ScoreTable.of(number[among], mask[among].astype(np.float64), rows.weight[among], probability=False)


def _lowest(values: Floats) -> Floats:
    known = np.isfinite(values)
    return np.where(known, values, (values[known].min() if known.any() else 0.0) - 1.0)


def _by_level(values: npt.NDArray[Any], mask: Mask, among: Mask, least: int) -> Floats:
    texts = np.array(["" if v is None else str(v) for v in values.tolist()])
    _, place = np.unique(texts, return_inverse=True)
    rows = np.bincount(place, weights=among.astype(np.float64))
    place = np.where(rows[place] < least, len(rows), place)
    size = np.bincount(place, weights=among.astype(np.float64), minlength=len(rows) + 1)
    hits = np.bincount(place, weights=mask.astype(np.float64), minlength=len(rows) + 1)
    return np.asarray((hits / np.maximum(size, 1.0))[place])
