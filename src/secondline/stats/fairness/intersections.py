"""Intersections: the adverse impact ratio of groups crossed with each other, raw and shrunk."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import betaincinv, betaln

from secondline.core.estimate import Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.fairness.groups import Found, Groups, Mask, chosen, counts, decisions, levels, worst
from secondline.stats.fairness.rates import compared, ratio

MOST_CELLS = 200
LIGHTEST, HEAVIEST = 2.0, 1e6
SPAN = float(np.log(HEAVIEST / LIGHTEST))
GRID, ZOOMS, CLOSER = 25, 12, 0.35
JOIN = " \N{MULTIPLICATION SIGN} "
Pair = tuple[float, float]


def intersections(rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Lowest adverse impact ratio of groups crossed with each other, such as women over 60; 1 when alike.

    For each crossing that `fairness: intersections` names (all pairs of protected columns where it names none) every
    cell of the smallest size is held against the control cell: that of the reference groups, else the largest. Katz's
    interval at Bonferroni's level over all cells of all crossings. ``detail`` has each cell with its rate, ratio and
    shrunken rate and ratio: the mean of the beta posterior whose prior was fitted to all cells (empirical Bayes), with
    its interval at that level. The shrunken rates rank cells fairly: the rawest are the smallest. Cells under the
    smallest size are listed and not judged. Undefined without two protected columns or two cells. Sources: Katz et
    al. (1978); Morris (1983), JASA 78, for empirical Bayes; Crenshaw (1989) for the question.
    """
    named = spec.fairness.intersections
    crossings = tuple(combinations(spec.columns.protected, 2)) if named is None else named
    if not crossings:
        because = "model.yaml names no two protected columns to cross"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    approved, decided = decisions(rows, spec)
    made = [(JOIN.join(columns), _cells(rows, columns, spec, decided)) for columns in crossings]
    usable = [(name, groups) for name, groups in made if isinstance(groups, Groups)]
    whys = [groups for _, groups in made if isinstance(groups, Undefined)]
    if not usable:
        return whys[0]
    comparisons = sum(len(groups.masks) - 1 for _, groups in usable)
    each = 1 - (1 - level) / comparisons
    found: list[Found] = []
    for name, groups in usable:
        one = compared(rows, groups, approved, each, ratio)
        if one is None:
            because = f"nobody in the control cell {groups.control!r} was approved, so there is no ratio"
            return Undefined(because=because, n=groups.size, needed="approvals in the control cell")
        found += [{**cell, "crossing": name} for cell in _shrunk(one, rows, groups, approved, each)]
    every = Groups({g: m for _, groups in usable for g, m in groups.masks.items()}, usable[0][1].control,
                   {g: n for _, groups in usable for g, n in groups.small.items()})  # fmt: skip
    told = worst(rows, every, found, level, "Katz", lowest=True, warnings=tuple(w.because for w in whys))
    controls = {name: groups.control for name, groups in usable}
    return told.model_copy(update={"n": usable[0][1].size, "detail": {**told.detail, "controls": controls}})


def _cells(rows: Sample, columns: tuple[str, ...], spec: ModelSpec, eligible: Mask) -> Groups | Undefined:
    absent = [c for c in columns if c not in rows.columns]
    if absent:
        return Undefined(because=f"{absent[0]!r} is not among the columns read; name it as protected", n=rows.size)
    parts = [levels(rows.columns[name]) for name in columns]
    known = np.logical_and.reduce([k for _, k in parts]) & eligible
    joined = np.array([JOIN.join(texts) for texts in zip(*(t for t, _ in parts), strict=True)])
    names = np.unique(joined[known])
    what = JOIN.join(columns)
    if len(names) > MOST_CELLS:
        return Undefined(because=f"{what} make {len(names):,} cells; cut them into fewer", kind="not-applicable")
    references = [spec.reference_groups.get(c) for c in columns]
    named = JOIN.join(str(r) for r in references) if all(references) else None
    masks = {str(name): known & (joined == name) for name in names}
    return chosen(masks, named, what, spec.fairness.smallest_group, rows.size)


def _shrunk(found: list[Found], rows: Sample, groups: Groups, approved: Mask, each: float) -> list[Found]:
    w = rows.weight
    pairs = {name: counts(w, approved, mask) for name, mask in groups.masks.items()}
    prior = beta_prior(list(pairs.values()))
    base = _posterior(pairs[groups.control], prior, each)
    told: list[Found] = []
    for cell in found:
        mean = _posterior(pairs[cell["group"]], prior, each)
        more: dict[str, Any] = {"shrunken rate": mean[0], "shrunken low": mean[1], "shrunken high": mean[2],
                                "shrunken ratio": mean[0] / base[0]}  # fmt: skip
        told.append({**cell, **more})
    return told


def _posterior(pair: Pair, prior: Pair, level: float) -> tuple[float, float, float]:
    a, b = prior[0] + pair[0], prior[1] + pair[1] - pair[0]
    tail = (1 - level) / 2
    return a / (a + b), float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def beta_prior(pairs: list[Pair]) -> Pair:
    """Return the beta prior of rates that makes the (hits, rows) of all cells most likely, its weight within [2, 1e6].

    Maximum of the beta-binomial likelihood in the logit of the mean and the log of the weight. Rates that differ no
    more than chance give the greatest weight: all cells shrink to the pooled rate.
    """
    hits, n = np.array(pairs, dtype=np.float64).T
    pooled = float((hits.sum() + 0.5) / (n.sum() + 1))
    middle, reach = [float(np.log(pooled / (1 - pooled))), float(np.log(LIGHTEST * HEAVIEST) / 2)], [6.0, SPAN / 2]
    for _ in range(ZOOMS):
        # A grid that closes in on its best point needs no slopes and comes out the same everywhere.
        means, logs = (np.linspace(m - r, m + r, GRID) for m, r in zip(middle, reach, strict=True))
        logs = np.clip(logs, np.log(LIGHTEST), np.log(HEAVIEST))
        mean, weight = (1 / (1 + np.exp(-means)))[:, None, None], np.exp(logs)[None, :, None]
        a, b = mean * weight, (1 - mean) * weight
        likelihood = (betaln(a + hits, b + n - hits) - betaln(a, b)).sum(axis=2)
        i, j = np.unravel_index(int(likelihood.argmax()), likelihood.shape)
        middle, reach = [float(means[i]), float(logs[j])], [r * CLOSER for r in reach]
    best, heavy = 1 / (1 + np.exp(-middle[0])), np.exp(middle[1])
    return float(best * heavy), float((1 - best) * heavy)
