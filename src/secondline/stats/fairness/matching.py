"""Matched pairs: the nearest applicants of two groups, and how differently they score and are decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats as sps

from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.design import encoded
from secondline.stats.fairness.groups import Floats, Found, Groups, Mask, approves, grouped, scored, worst
from secondline.stats.fairness.scores import spread

MOST_GROUP, MOST_CONTROL = 2_000, 10_000
NEIGHBOURS = 20
BLOCK = 250
BALANCED = 0.1


def matched_pairs(
    rows: Sample, column: str, spec: ModelSpec, facts: PopulationFacts, *, level: float = 0.95, caliper: float = 0.25
) -> Measured:
    """Highest mean difference of score within pairs of near-equal applicants, group less control, in sd.

    Each of up to 2,000 rows of a group is paired with the nearest of up to 10,000 rows of the control, without
    replacement, nearest pairs first, where the root mean squared difference over the features (standardised numbers,
    indicators of texts, flags of missing values) is at most *caliper*. Weights do not enter. The t interval of the mean
    difference over the standard deviation of the score, simultaneous. ``detail`` has for each group the pairs
    found, the share without a match, the greatest standardised difference of a feature after matching (above 0.1
    warned: what is left may come from the features), and, with a decision rule, both discordant counts with McNemar's
    exact p. Paired rows are alike: it speaks of where the groups overlap. Undefined with fewer pairs than the smallest
    group. Sources: Rubin (1973), Biometrics 29; Gower (1971) for mixed features; McNemar (1947).
    """
    score, usable = scored(rows)
    groups = grouped(rows, column, spec, usable)
    if isinstance(groups, Undefined):
        return groups
    names = [f for f in facts.features if f != column and f in rows.columns]
    unit = spread(score[usable])
    if not names or unit <= 0:
        because = "there are no features to match on" if not names else "the score does not vary"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    found: list[Found] = []
    warnings: list[str] = []
    alone: dict[str, int] = {}
    for name, mask in groups.others:
        pairs, shift, tried = _pairs(rows, names, mask, groups.masks[groups.control], caliper)
        if len(pairs) < spec.fairness.smallest_group:
            alone[name] = len(pairs)
            continue
        if shift > BALANCED:
            warnings.append(f"after matching, a feature of {name!r} still differs by {shift:.2f} standard deviations")
        found.append({"group": name, "rows": int(mask.sum()), **_difference(pairs, score, unit, groups.each(level)),
                      "unmatched": 1 - len(pairs) / tried, "imbalance": shift,
                      **_mcnemar(pairs, score, spec)})  # fmt: skip
    if not found:
        because = f"fewer than {spec.fairness.smallest_group} pairs lie within the caliper"
        return Undefined(because=because, n=groups.size, needed="groups whose features overlap")
    kept = Groups(groups.masks, groups.control, groups.small)
    return worst(rows, kept, found, level, f"paired t, caliper {caliper:g}", lowest=False, warnings=warnings,
                 **({"too few pairs": alone} if alone else {}))  # fmt: skip


def _pairs(
    rows: Sample, names: Sequence[str], group: Mask, control: Mask, caliper: float
) -> tuple[npt.NDArray[np.int64], float, int]:
    """Return pairs of row numbers, the greatest imbalance left and how many rows were tried."""
    mine, theirs = np.flatnonzero(group)[:MOST_GROUP], np.flatnonzero(control)[:MOST_CONTROL]
    both = np.concatenate([mine, theirs])
    parts = [(v, 1.0) for name in names for _, v in encoded(name, rows.columns[name][both])]
    x = np.column_stack([v for v, _ in parts]) if parts else np.zeros((len(both), 1))
    x = (x / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)).astype(np.float32)
    one, two = x[: len(mine)], x[len(mine) :]
    kept = greedy(*near(one, two, caliper * math.sqrt(x.shape[1])), len(mine), len(theirs))
    if not len(kept):
        return np.empty((0, 2), dtype=np.int64), 0.0, len(mine)
    shift = float(np.abs((one[kept[:, 0]] - two[kept[:, 1]]).mean(axis=0)).max())
    return np.column_stack([mine[kept[:, 0]], theirs[kept[:, 1]]]), shift, len(mine)


def near(one: npt.NDArray[Any], two: npt.NDArray[Any], most: float) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return candidate pairs (rows of *one* and *two*) within *most*, each row's twenty nearest, and how far."""
    k = min(NEIGHBOURS, len(two))
    size = (two * two).sum(axis=1)
    found: list[npt.NDArray[Any]] = []
    far: list[npt.NDArray[Any]] = []
    for start in range(0, len(one), BLOCK):
        block = one[start : start + BLOCK]
        squares = (block * block).sum(axis=1)[:, None] - 2 * block @ two.T + size
        place = np.argpartition(squares, k - 1, axis=1)[:, :k]
        # The expansion loses digits where points coincide: the few that are kept are measured again.
        exact = np.sqrt(((block[:, None, :] - two[place]) ** 2).sum(axis=2))
        i, j = np.nonzero(exact <= most)
        found.append(np.column_stack([i + start, place[i, j]]))
        far.append(exact[i, j])
    return np.concatenate(found), np.concatenate(far)


def greedy(pairs: npt.NDArray[Any], far: npt.NDArray[Any], n: int, m: int) -> npt.NDArray[np.int64]:
    """Return pairs without a row twice, the nearest first; ties go to the lower row numbers."""
    free_one, free_two = np.ones(n, dtype=bool), np.ones(m, dtype=bool)
    kept: list[tuple[int, int]] = []
    for i, j in pairs[np.lexsort((pairs[:, 1], pairs[:, 0], far))].tolist():
        if free_one[i] and free_two[j]:
            free_one[i] = free_two[j] = False
            kept.append((i, j))
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _difference(pairs: npt.NDArray[np.int64], score: Floats, unit: float, each: float) -> Found:
    gap = (score[pairs[:, 0]] - score[pairs[:, 1]]) / unit
    se = float(gap.std(ddof=1)) / math.sqrt(len(gap))
    reach = float(sps.t.ppf((1 + each) / 2, len(gap) - 1)) * se
    return {"pairs": len(gap), "value": float(gap.mean()), "low": float(gap.mean()) - reach,
            "high": float(gap.mean()) + reach}  # fmt: skip


def _mcnemar(pairs: npt.NDArray[np.int64], score: Floats, spec: ModelSpec) -> Found:
    if spec.decision is None:
        return {}
    mine, theirs = (approves(spec, score[pairs[:, side]]) for side in (0, 1))
    only_control, only_group = int((theirs & ~mine).sum()), int((mine & ~theirs).sum())
    total = only_control + only_group
    span = intervals.clopper_pearson(only_control, total) if total else None
    return {"only control approved": only_control, "only group approved": only_group,
            "p": float(sps.binomtest(only_control, total, 0.5).pvalue) if total else 1.0,
            "share of the discordant": None if span is None else [span.low, span.high]}  # fmt: skip
