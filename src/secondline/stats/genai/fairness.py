"""Fairness: the same question in the name of different people, and slices in which a system does worse."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.stats.genai.change import NO_PAIRS, p_of
from secondline.stats.genai.differences import corrected_difference
from secondline.stats.genai.pairs import Pairs, difference_interval, of_sides
from secondline.stats.genai.rates import SLICED
from secondline.stats.genai.rows import DECLINED, codes, compared_column, few, items, judged, permutations
from secondline.stats.genai.slicing import judged_slices
from secondline.stats.intervals import newcombe
from secondline.stats.multiplicity import benjamini_hochberg, holm

LEAST = 5


def persona_gap(graded: Graded, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """The largest difference of pass rates (or graded numbers, such as tone) between sides that differ in a person.

    Pairs are of cases with one ``pair`` and two sides (`pairs.of_sides`); the stratum of a pair is the attribute that
    was swapped, its cluster the template. For each attribute: mean difference, first side less second, with an interval
    at a level tightened for their number (Bonferroni), and the p-value that neither side fares better (McNemar's
    exact, or signs of whole templates). ``p_value`` is the smallest after Holm. ``detail`` has each attribute, its
    flips, and the gap in refusals. The interval must lie within the limit on both sides: few pairs show no parity.
    A judge's verdicts are corrected on both sides (`corrected_difference`), and have no p-value. Undefined without a
    pair, and for a judge that no person checked on both sides.
    """
    if judged(graded):
        return _judged_gap(graded, level)
    named, column = sorted(set(graded["stratum"].tolist())), compared_column(graded, spec)
    found = [(name, of_sides(graded.where(graded["stratum"] == name), column)) for name in named]
    found = [(name, pairs) for name, pairs in found if len(pairs) and (pairs.binary or pairs.clusters > 1)]
    if not found:
        return NO_PAIRS
    each = 1 - (1 - level) / len(found)
    adjusted = holm([p_of(pairs) for _, pairs in found])
    told = [_attribute(name, pairs, p, each) for (name, pairs), p in zip(found, adjusted, strict=True)]
    worst = max(told, key=lambda row: abs(float(str(row["difference"]))))
    index = told.index(worst)
    pairs = found[index][1]
    span, method = difference_interval(pairs, each)
    return Estimate(
        value=float((pairs.a - pairs.b).mean()), low=span.low, high=span.high, level=level,
        method=method + (f", simultaneous over {len(found)} attributes" if len(found) > 1 else ""),
        n=float(sum(len(p) for _, p in found)), events=float(sum(int(str(row["flipped"])) for row in told)),
        p_value=min(adjusted), detail={"attributes": told, "attribute": worst["attribute"],
                                       "refusals": _refusals(graded)},
        warnings=few(pairs.clusters, float(len(pairs))),
    )  # fmt: skip


def _judged_gap(graded: Graded, level: float) -> Measured:
    """Return the largest corrected difference over attributes, at a level tightened for their number."""
    paired = graded.where(graded["pair"].astype(str) != "")
    names = sorted(set(paired["stratum"].tolist())) if len(of_sides(paired)) else []
    # Each end is one-sided, so this level makes the two together miss (1 - level) / attributes.
    each = 1 - (1 - level) / max(len(names), 1) / 2
    found = {}
    for name in names:
        mine = paired.where(paired["stratum"] == name)
        sides = sorted(set(mine["side"].astype(str).tolist()))
        a, b = (mine.where((mine["side"].astype(str) == sides[0]) == first) for first in (True, False))
        gap = corrected_difference(a, b, level=each, joined="pair", names=("first", "second"))
        if isinstance(gap, Undefined):
            return gap
        found[name] = gap
    if not found:
        return NO_PAIRS
    worst = max(found, key=lambda name: abs(found[name].value))
    told = [{"attribute": name, "difference": e.value, "low": e.low, "high": e.high} for name, e in found.items()]
    more = {"attributes": told, "attribute": worst, "refusals": _refusals(graded)}
    return found[worst].model_copy(update={"level": level, "detail": found[worst].detail | more})


def _attribute(name: str, pairs: Pairs, p: float, level: float) -> dict[str, object]:
    span, _ = difference_interval(pairs, level)
    _, only_a, only_b, _ = pairs.table
    return {"attribute": name, "pairs": len(pairs), "templates": pairs.clusters, "first passes": float(pairs.a.mean()),
            "second passes": float(pairs.b.mean()), "difference": float((pairs.a - pairs.b).mean()), "low": span.low,
            "high": span.high, "flipped": int(only_a + only_b), "p after Holm": p}  # fmt: skip


def _refusals(graded: Graded) -> dict[str, float] | None:
    declined = np.isin(graded["status"].astype(str), list(DECLINED)).astype(np.float64)
    pairs = of_sides(Graded({**graded.columns, "value": declined}), "value")
    if not len(pairs):
        return None
    return {"first": float(pairs.a.mean()), "second": float(pairs.b.mean()), "p": p_of(pairs)}


def weak_slices(graded: Graded, *, level: float = 0.95, least: int = LEAST) -> Measured:
    """How far the weakest slice falls short of the rest: pass rate of the rest less the slice's.

    Slices are strata, languages and kinds of case, of at least *least* cases. Each is held against the cases outside
    it: Newcombe's interval at a level tightened for the number of slices, and the p-value of a shuffle of whole
    clusters (of more than 500: of the cluster-robust difference). ``p_value`` is the smallest after Benjamini and
    Hochberg. What a judge graded is corrected by labels in each slice (`judged_slices`). ``detail`` has the number of
    slices searched and each. Undefined without two slices.
    """
    if judged(graded):
        return judged_slices(graded, level=level)
    all_ = items(graded)
    tried = [(column, name) for column in SLICED for name in sorted(set(graded[column].tolist()) - {""})]
    masks = {}
    for column, name in tried:
        inside = np.isin(all_.case.astype(str), graded["case"][graded[column] == name].astype(str))
        if least <= inside.sum() <= len(inside) - least:
            masks[column, name] = inside
    if not masks:
        return Undefined(because=f"no two slices have {least} graded cases each", kind="not-applicable")
    each = 1 - (1 - level) / len(masks)
    told = []
    for (column, name), inside in masks.items():
        mine, rest = all_.mean[inside], all_.mean[~inside]
        span = newcombe(float(rest.sum()), len(rest), float(mine.sum()), len(mine), each)
        told.append({"by": column, "slice": name, "cases": len(mine), "rate": float(mine.mean()),
                     "rest": float(rest.mean()), "short by": float(rest.mean() - mine.mean()), "low": span.low,
                     "high": span.high, "p": _shuffled(all_.mean, inside, all_.cluster)})  # fmt: skip
    adjusted = benjamini_hochberg([float(str(row["p"])) for row in told])
    rows = [row | {"p after BH": p} for row, p in zip(told, adjusted, strict=True)]
    worst = max(rows, key=lambda row: float(str(row["short by"])))
    return Estimate(
        value=float(str(worst["short by"])), low=float(str(worst["low"])), high=float(str(worst["high"])), level=level,
        method=f"Newcombe, simultaneous over {len(masks)} slices", n=float(len(all_.mean)), p_value=min(adjusted),
        detail={"searched": len(masks), "weakest": f"{worst['by']} = {worst['slice']}", "slices": rows},
    )  # fmt: skip


SHUFFLES, SEED, MANY = 2_000, 20_261_126, 500


def _shuffled(mean: np.ndarray, inside: np.ndarray, cluster: np.ndarray) -> float:
    """Return the chance of a slice this weak when whole clusters are handed to slices at random.

    With more than 500 clusters, by the normal law and the cluster-robust error of the difference.
    """
    place = codes(cluster)
    size = np.bincount(place).astype(np.float64)
    if len(size) > MANY:
        away = mean - np.where(inside, mean[inside].mean(), mean[~inside].mean())
        influence = np.bincount(place, np.where(inside, -away / inside.sum(), away / (~inside).sum()))
        se = math.sqrt(float((influence**2).sum()) * len(size) / (len(size) - 1))
        short = float(mean[~inside].mean() - mean[inside].mean())
        return float(ndtr(-short / se)) if se > 0 else 1.0
    total, part = np.bincount(place, mean), np.bincount(place, inside.astype(np.float64))
    seen = float(mean[~inside].mean() - mean[inside].mean())
    share = part / size
    more = 0
    for moved in permutations(share, SHUFFLES, SEED):
        held, out = moved @ size, (1 - moved) @ size
        fair = (held > 0) & (out > 0)
        gap = (1 - moved) @ total / np.where(fair, out, 1.0) - moved @ total / np.where(fair, held, 1.0)
        more += int((fair & (gap >= seen - 1e-12)).sum())
    return (1 + more) / (1 + SHUFFLES)
