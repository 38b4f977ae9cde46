"""The approval gap of groups that are known by probability only (BISG), the error of the proxy in its interval."""

from __future__ import annotations

import numpy as np

from secondline.core.declared.fairness import Memberships
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.fairness import membership
from secondline.stats.fairness.groups import Found, decisions, levels, part_of
from secondline.stats.fairness.membership import People
from secondline.stats.weights import effective_n

ROUNDING = 0.02


def probabilistic_gap(rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest gap in approval, group less control, where the group is known by probability only.

    Where some rows have a known group (`fairness: probabilities: known`), at least the smallest size in each group, the
    rates are ``membership.corrected`` and the interval holds the sampling error of all rows and of the known ones.
    Otherwise the value is the weighted estimate, which is biased where membership and outcome hang together beyond
    surname and place, and the interval is what the data allow at all: the bounds of ``membership.extremes`` with their
    sampling error, if the probabilities are right. ``detail`` has for each group the weighted gap with its naive
    interval, the bounds, the ratio and the gap when rows are classified by a threshold, so that no one choice hides.
    Simultaneous over the groups. Rows without probabilities are left out and counted. Undefined where a group is
    expected to have fewer rows than the smallest size. Sources: Chen et al. (2019); Kallus, Mao and Zhou (2022).
    """
    declared = spec.fairness.probabilities
    if declared is None:
        because = "model.yaml names no `fairness: probabilities`"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    read = people(rows, declared, spec)
    if isinstance(read, Undefined):
        return read
    known_people, left = read
    sizes = {g: effective_n(float((known_people.w * p).sum()), float(((known_people.w * p) ** 2).sum()))
             for g, p in known_people.p.items()}  # fmt: skip
    least = spec.fairness.smallest_group
    control = declared.control or max(sizes, key=lambda name: (sizes[name], name))
    judged = [g for g in sizes if g != control and sizes[g] >= least]
    if sizes[control] < least or not judged:
        because = f"fewer than two groups are expected to have {least} rows"
        return Undefined(because=because, n=len(known_people.y), needed=f"{least} expected rows in two groups")
    counted = {g: int(mask.sum()) for g, mask in known_people.is_in.items()}
    able = min(counted[g] for g in (control, *judged)) >= least
    each = 1 - (1 - level) / len(judged)
    found = [_group(known_people, name, control, each, able=able) for name in judged]
    worst = min(found, key=lambda one: one["value"])
    method = "corrected by known rows" if able else "bounds of what the proxy allows"
    return Estimate(
        value=worst["value"], low=min(one["low"] for one in found), high=min(one["high"] for one in found), level=level,
        method=f"{method}, simultaneous over {len(found)} group{'s' * (len(found) > 1)}{part_of(rows)}",
        n=len(known_people.y),
        detail={"worst": worst["group"], "control": control, "groups": found, "rows without probabilities": left,
                "known rows": counted, "corrected": able,
                "too small to judge": {g: round(n) for g, n in sizes.items() if g not in (*judged, control)}},
        warnings=() if able else ("no bias can be excluded: the group is known of too few rows to correct the proxy",),
    )  # fmt: skip


def people(rows: Sample, declared: Memberships, spec: ModelSpec) -> tuple[People, int] | Undefined:
    """Return the decided rows with probabilities, and how many decided rows have none."""
    approved, decided = decisions(rows, spec)
    texts = [name for name in declared.groups.values() if rows.columns[name].dtype == object]
    if texts:
        because = f"the probability column {texts[0]!r} holds text"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    table = np.column_stack([rows.columns[column] for column in declared.groups.values()]).astype(np.float64)
    whole = np.isfinite(table).all(axis=1) & (table >= 0).all(axis=1) & (table.sum(axis=1) <= 1 + ROUNDING)
    keep = decided & whole
    if not keep.any():
        because = "no decided row has probabilities between 0 and 1 that add up to at most 1"
        return Undefined(because=because, n=rows.size, needed="rows with probabilities")
    p = {group: table[keep, i] for i, group in enumerate(declared.groups)}
    known, is_in = np.zeros(int(keep.sum()), dtype=bool), dict.fromkeys(p, np.zeros(int(keep.sum()), dtype=bool))
    if declared.known is not None:
        said, known = levels(rows.columns[declared.known][keep])
        is_in = {group: known & (said == group) for group in p}
    found = People(approved[keep].astype(np.float64), rows.weight[keep], p, known, is_in)
    return found, int((decided & ~whole).sum())


def _group(known: People, name: str, control: str, level: float, *, able: bool) -> Found:
    plain = membership.weighted(known, name), membership.weighted(known, control)
    (low, high), (under, over) = membership.extremes(known, name), membership.extremes(known, control)
    bounds = (low, over), (high, under)
    naive = membership.difference(plain, plain, known.w, level)
    allowed = membership.difference(*bounds, known.w, level)
    rates, ends, quotient = plain, allowed, membership.quotient(*bounds, known.w, level)
    if able:
        rates = membership.corrected(known, name, control), membership.corrected(known, control, name)
        ends = membership.difference(rates, rates, known.w, level)
        quotient = membership.quotient(rates, rates, known.w, level)
    return {
        "group": name, "expected rows": float(known.p[name].sum()), "rate": rates[0].value,
        "control rate": rates[1].value, "value": rates[0].value - rates[1].value, "low": ends[0], "high": ends[1],
        "weighted": plain[0].value - plain[1].value, "weighted low": naive[0], "weighted high": naive[1],
        "bound low": allowed[0], "bound high": allowed[1],
        "ratio": rates[0].value / rates[1].value if rates[1].value > 0 else None,
        "ratio low": quotient[0], "ratio high": quotient[1],
        "thresholds": membership.by_threshold(known, name, control),
    }  # fmt: skip
