"""Override parity: are people moved against the model's score alike in every group?"""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.fairness.groups import Found, approves, grouped, part_of, scored
from secondline.stats.fairness.rates import compared, gap

TOLERANCE = 1e-9


def override_parity(rows: Sample, column: str, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Highest gap in overrides to a group's disadvantage: more overrides to a worse score, or fewer to a better one.

    An override is unfavourable where the score after it is riskier by more than 1e-9, favourable where it is safer.
    The gap is the group's rate less the control's for the first and the control's less the group's for the second.
    Newcombe's intervals, simultaneous over both and all groups; ``p_value`` is the smallest of Fisher's exact p after
    Bonferroni, H0: both rates alike in all groups. ``detail`` has both rates of every group, and, where there is a
    decision rule, the share of decisions that overrides turned to a decline. Undefined without rows that have both
    scores. Source: the practice of examining exceptions and overrides; Newcombe (1998).
    """
    score, usable = scored(rows)
    after = np.asarray(rows.columns["@override"], dtype=np.float64)
    both = usable & np.isfinite(after)
    groups = grouped(rows, column, spec, both)
    if isinstance(groups, Undefined):
        return groups
    moved = np.where(both, after - np.where(both, score, 0.0), 0.0)
    ways = {"unfavourable": (moved > TOLERANCE, 1.0), "favourable": (moved < -TOLERANCE, -1.0)}
    each = groups.each(level, len(ways))
    found: list[Found] = []
    for name, (hit, sign) in ways.items():
        for one in compared(rows, groups, hit, each, gap) or []:
            ends = sorted((sign * one["low"], sign * one["high"]))
            found.append({**one, "overrides": name, "value": sign * one["value"], "low": ends[0], "high": ends[1]})
    worst = max(found, key=lambda one: one["value"])
    touched = np.logical_or.reduce(list(groups.masks.values())) & (np.abs(moved) > TOLERANCE)
    turned: list[Found] = []
    if spec.decision is not None:
        lost = approves(spec, score) & ~approves(spec, np.where(both, after, np.nan))
        turned = compared(rows, groups, lost, groups.each(level), gap) or []
    return Estimate(
        value=worst["value"], low=max(one["low"] for one in found), high=max(one["high"] for one in found), level=level,
        method=f"Newcombe, simultaneous over {len(found)} gaps{part_of(rows)}", n=groups.size,
        events=float(rows.weight[touched].sum()), p_value=min(1.0, len(found) * min(one["p"] for one in found)),
        detail={"worst": worst["group"], "of": worst["overrides"], "control": groups.control, "groups": found,
                "turned to a decline": turned, "too small to judge": groups.small},
    )  # fmt: skip
