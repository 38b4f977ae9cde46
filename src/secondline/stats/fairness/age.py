"""The elderly: are applicants of 62 and over scored worse than the most favoured younger class?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.fairness.groups import Floats, Found, Groups, Mask, chosen, decisions, scored, worst
from secondline.stats.fairness.scores import moments, standardised

NO_AGE = "model.yaml names no `fairness: age`"
YOUNGEST, STEP = 25.0, 10.0
CLOSE = 1e-9


def ages(rows: Sample, spec: ModelSpec) -> Floats | Undefined:
    """Return the age of each row in years; Undefined where model.yaml names none or it holds text."""
    name = spec.fairness.age
    if name is None:
        return Undefined(because=NO_AGE, kind="not-applicable", n=rows.size)
    values = rows.columns[name]
    if values.dtype == object:
        because = f"the age column {name!r} holds text; it must be years"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    return np.asarray(values, dtype=np.float64)


def elderly(rows: Sample, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """How much riskier the elderly score than the most favoured younger class, in standard deviations of the score.

    Classes are under 25, ten years each, and the elderly from 62 (`fairness: elderly-from`); the score is higher where
    riskier, so above 0 the elderly score worse. The value is the highest standardised difference over the younger
    classes: the most favoured one decides. Interval as for ``score_gap``, simultaneous over the classes. Differences
    that other inputs carry show too; whether age itself is used against the elderly is what ``age_used`` asks.
    ``detail`` has each class, with its approval rate where there is a decision. Undefined without the elderly or a
    younger class of the smallest size. Source: 12 CFR 1002.6(b)(2)(ii) and its commentary.
    """
    years = ages(rows, spec)
    if isinstance(years, Undefined):
        return years
    score, usable = scored(rows)
    found = classes(years, usable, spec, rows.size)
    if isinstance(found, Undefined):
        return found
    w, old = rows.weight, found.masks[found.control]
    told: list[Found] = []
    for name, mask in found.others:
        one = standardised(score, w, old, mask, found.each(level))
        if one is None:
            return Undefined(because="the score does not vary within the classes", n=rows.size)
        told.append({"group": name, "rows": int(mask.sum()), **one})
    approved, decided = decisions(rows, spec)
    by_class: list[Found] = [
        {"class": name, "rows": int(mask.sum()), "mean score": moments(score, w, mask)[0]}
        | ({"approved": float(np.average(approved[mask], weights=w[mask]))} if decided.any() else {})
        for name, mask in found.masks.items()
    ]
    return worst(rows, found, told, level, "normal, Hedges and Olkin", lowest=False, classes=by_class)


def classes(years: Floats, usable: Mask, spec: ModelSpec, n: int) -> Groups | Undefined:
    """Return the age classes; the elderly stand where the control stands."""
    top = spec.fairness.elderly_from
    cuts = [0.0, *[c for c in np.arange(YOUNGEST, top, STEP).tolist() if c < top], top]
    names = [f"{low:g} to {high:g}" if low else f"under {high:g}" for low, high in pairwise(cuts)]
    masks = {
        name: usable & (years >= low) & (years < high) for name, (low, high) in zip(names, pairwise(cuts), strict=True)
    }
    old = f"{top:g} and over"
    return chosen(masks | {old: usable & (years >= top)}, old, "the age classes", spec.fairness.smallest_group, n)


def age_used(own: Floats, younger: Floats, *, level: float = 0.95) -> Measured:
    """Share of elderly rows that would score better at a younger age, all else equal; 0 when age counts for nothing.

    *own* are the model's scores (higher is riskier) at their own age, *younger* those of each row (down) at a grid of
    ages under 62 (across). A difference of at most 1e-9 is none. Clopper and Pearson's interval. ``detail`` has the
    mean and the greatest difference. Undefined without elderly rows. Source: 12 CFR 1002.6(b)(2)(ii): a system that
    uses age may not give an elderly applicant's age a negative factor.
    """
    keep = np.isfinite(own) & np.isfinite(younger).all(axis=1) if younger.size else np.zeros(len(own), dtype=bool)
    n = int(keep.sum())
    if not n:
        return Undefined(
            because="there are no elderly rows that the artefact scores", needed="elderly rows", n=len(own)
        )
    gain = own[keep] - younger[keep].min(axis=1)
    hits = int((gain > CLOSE).sum())
    span = intervals.clopper_pearson(hits, n, level)
    return Estimate(
        value=hits / n, low=span.low, high=span.high, level=level,
        method=f"Clopper-Pearson, {younger.shape[1]} younger ages a row", n=n, events=hits,
        detail={"mean difference": float(gain.mean()), "greatest difference": float(gain.max())},
    )  # fmt: skip
