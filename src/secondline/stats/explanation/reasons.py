"""Reasons of decisions: are they given, the same each time, true of the model, and allowed?

All statistics speak of the declined rows that were explained; a row is the unit that was drawn. ``named`` holds the
place of a code for each reason of each row, and -1 where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from secondline.core.estimate import Measured, Undefined
from secondline.stats import intervals
from secondline.stats.explanation import counted
from secondline.stats.explanation.counted import Floats, Mask, Places

STILL = 1e-9
"""A margin that moves by less has not moved."""
HALF = 0.5
CLEARLY = 0.2
"""The mean and the middle of a reference differ: that a little more than half of it is worse shows nothing."""
SHOWN = 15


def coverage(
    named: Places, specific: Mask, most: int, *, level: float = 0.95, detail: dict[str, Any] | None = None
) -> Measured:
    """Share of declined rows that get at least one and at most *most* reasons, each in words of its own.

    *specific* says of each code whether its words are declared; a reason told only by the name of a column is not
    specific. One reason beyond *most* is allowed, where model.yaml asks for inquiries to be added. Clopper and
    Pearson's interval. Undefined without declined rows. Sources: 12 CFR 1002.9(a)(2) and (b)(2); FCRA 615(a).
    """
    given = named >= 0
    worded = np.where(given, specific[np.maximum(named, 0)], True) if len(specific) else ~given
    extra = named.shape[1] - most
    covered = given.any(axis=1) & (given.sum(axis=1) <= most + extra) & worded.all(axis=1)
    counts = given.sum(axis=1)
    found = {
        "rows without a reason": int((~given.any(axis=1)).sum()),
        "rows with a reason without words": int((given.any(axis=1) & ~worded.all(axis=1)).sum()),
        "reasons a row": float(counts.mean()) if len(counts) else 0.0,
    }
    return counted.share(covered, level=level, detail=found | (detail or {}))


def mix(named: Places, *, level: float = 0.95, detail: dict[str, Any] | None = None) -> Measured:
    """Share of declined rows that are told the commonest first reason.

    Where nearly everyone is told the same, the reason may be true of the model and still not specific to a person.
    Clopper and Pearson's interval, which does not know that the commonest was picked. Undefined without rows.
    """
    first = named[:, 0]
    counts = np.bincount(first[first >= 0]) if (first >= 0).any() else np.zeros(1, dtype=np.int64)
    return counted.share(first == int(np.argmax(counts)), level=level, detail=detail)


def given(named: Places, weights: Floats, codes: Sequence[str], words: dict[str, str]) -> list[dict[str, Any]]:
    """Return how often each code is the first reason and how often it is given at all, the most frequent first."""
    rows = max(len(named), 1)
    found: list[dict[str, Any]] = []
    for place, code in enumerate(codes):
        at = named == place
        if at.any():
            known = weights[at][np.isfinite(weights[at])]
            first = float(at[:, 0].sum() / rows)
            mean = float(known.mean()) if len(known) else None
            found.append({"code": code, "says": words[code], "first": first, "any": float(at.any(axis=1).sum() / rows),
                          "mean": mean})  # fmt: skip
    return sorted(found, key=lambda line: (-line["any"], -line["first"], line["code"]))[:SHOWN]


def determinism(named: Places, again: Places, *, level: float = 0.95) -> Measured:
    """Share of rows whose reasons change when they are asked again in another order and in batches of another size.

    Any difference of a code or of their order counts. Clopper and Pearson's interval. Undefined without rows.
    """
    differs: Mask = np.asarray((named != again).any(axis=1))
    return counted.share(differs, level=level, detail={"first reason differs": int((named != again)[:, 0].sum())})


def direction(
    alone: Floats, sense: Floats, drivers_at: Places, codes: Sequence[str], *, level: float = 0.95
) -> Measured:
    """Share of declined rows with a reason that is not true of the model or not sensible.

    A reason is untrue when its driver, alone set to the values of the reference and averaged over it, does not lower
    the risk (by more than 1e-9 on the margin). It is not sensible when the driver is claimed to be monotone and the
    share of the reference's rows with a worse value exceeds that with a better one by more than 0.2. *drivers_at* is
    the code of each reason. Clopper and Pearson's interval over rows. Undefined without rows whose reasons could be
    tried. Source: comment 9(b)(2)-5 to Regulation B: the factors on which the applicant fell furthest below.
    """
    tried = np.isfinite(alone)
    untrue = tried & (np.nan_to_num(alone, nan=1.0) <= STILL)
    senseless = np.nan_to_num(sense, nan=0.0) < -CLEARLY
    wrong = untrue | senseless
    keep: Mask = np.asarray(tried.any(axis=1))
    found = {
        "reasons tried": int(tried.sum()),
        "do not improve the score": int(untrue.sum()),
        "against the claimed direction": int(senseless.sum()),
        "reasons": _worst(wrong, drivers_at, codes),
    }
    return counted.share(np.asarray(wrong.any(axis=1))[keep], level=level, detail=found)


def _worst(wrong: Mask, places: Places, codes: Sequence[str]) -> dict[str, int]:
    counts = {code: int((wrong & (places == place)).sum()) for place, code in enumerate(codes)}
    return dict(sorted(((c, n) for c, n in counts.items() if n), key=lambda item: (-item[1], item[0]))[:SHOWN])


def effect(before: Floats, together: Floats, random: Floats, *, level: float = 0.95) -> Measured:
    """Share of declined rows whose risk falls when all their named drivers take the values of the reference.

    Margins are averaged over the rows of the reference. ``detail`` holds how far the margin falls, how far it falls
    when as many drivers drawn at random are set instead, and the paired difference with a normal interval: reasons
    that do no better than chance name the wrong drivers. Clopper and Pearson's interval. Undefined without rows.
    Source: 12 CFR 1002.9(b)(2): the reasons must be those actually used.
    """
    known = np.isfinite(before) & np.isfinite(together) & np.isfinite(random)
    if not known.any():
        return Undefined(because=counted.NONE_DECLINED, needed="declined rows")
    fell, chance = (before - together)[known], (before - random)[known]
    found = {
        "margin falls by": float(fell.mean()),
        "at random by": float(chance.mean()),
        "more than at random": counted.paired(fell, chance, level),
    }
    return counted.share(fell > STILL, level=level, detail=found)


def suffices(together: Floats, random: Floats, cut: float, *, ties: bool = False, level: float = 0.95) -> Measured:
    """Share of declined rows that would be approved, were all their named drivers as the reference has them.

    The mean margin over the reference's rows is held against the cut-off; *ties* says whether a margin on it is
    approved. ``detail`` holds the share for as many drivers drawn at random, and the paired difference. It is a
    description, not a promise: nobody is told by how much to change. Clopper and Pearson's interval.
    """
    known = np.isfinite(together) & np.isfinite(random)
    flips, chance = (_below(margins[known], cut, ties=ties) for margins in (together, random))
    if not len(flips):
        return Undefined(because=counted.NONE_DECLINED, needed="declined rows")
    gap = counted.paired(flips.astype(float), chance.astype(float), level)
    return counted.share(flips, level=level, detail={"at random": float(chance.mean()), "more than at random": gap})


def _below(margins: Floats, cut: float, *, ties: bool) -> Mask:
    return np.asarray(margins <= cut if ties else margins < cut)


def stability(
    named: Places, noisy: Places, noised: Sequence[str], codes: Sequence[str], *, level: float = 0.95
) -> Measured:
    """Mean likeness (Jaccard's index) of a row's reasons before and after noise within the grain of measurement.

    The index of two sets of codes is the size of what they share over the size of what either has; it is averaged
    over the repeats (first axis of *noisy*) within a row, and then over rows, with a normal interval over rows.
    ``detail`` holds the share of rows that keep their first reason in every repeat, with Clopper and Pearson's
    interval, and the codes that are lost most. Undefined when no feature is measured with error, or without two rows.
    """
    if not noised:
        because = "every feature is known exactly: none has a declared grain or more than 50 distinct values"
        return Undefined(because=because, kind="not-applicable")
    likeness = np.stack([_jaccard(named, other) for other in noisy])
    kept: Mask = np.asarray(np.stack([other[:, 0] == named[:, 0] for other in noisy]).all(axis=0))
    first = intervals.clopper_pearson(int(kept.sum()), len(kept), level)
    before = np.tile(named, (len(noisy), 1))
    lost = (before >= 0) & ~(before[:, :, np.newaxis] == np.concatenate(noisy)[:, np.newaxis, :]).any(axis=2)
    found = {
        "keep the first reason": float(kept.mean()) if len(kept) else 0.0,
        "keep the first reason, low": first.low,
        "keep the first reason, high": first.high,
        "repeats": len(noisy),
        "noised": len(noised),
        "lost": _worst(lost, before, codes),
    }
    return counted.mean_of_shares(likeness.mean(axis=0), level=level, detail=found)


def _jaccard(a: Places, b: Places) -> Floats:
    """Return the likeness of each row's codes; two rows without codes are alike."""
    shared = ((a[:, :, np.newaxis] == b[:, np.newaxis, :]) & (a[:, :, np.newaxis] >= 0)).sum(axis=(1, 2))
    either = (a >= 0).sum(axis=1) + (b >= 0).sum(axis=1) - shared
    return np.where(either > 0, shared / np.maximum(either, 1), 1.0)


def actionability(named: Places, fixed: Mask, codes: Sequence[str], *, level: float = 0.95) -> Measured:
    """Share of the reasons given that no person can act on: all their features are declared immutable.

    A reason may be true and specific and still be about nothing one can change; the share is for the reader. *fixed*
    says it of each code. The error of the ratio is read between rows. ``detail`` holds the share of rows none of
    whose reasons can be acted on.
    """
    given_ = named >= 0
    idle = given_ & fixed[np.maximum(named, 0)]
    only: Mask = np.asarray(given_.any(axis=1) & (idle == given_).all(axis=1))
    found = {
        "rows with nothing to act on": float(only.mean()) if len(only) else 0.0,
        "reasons": _worst(idle, named, codes),
    }
    return counted.ratio(idle.sum(axis=1), given_.sum(axis=1), level=level, detail=found)


def proxies(suppressed: Mask, drivers: Sequence[str], why: dict[str, str], *, level: float = 0.95) -> Measured:
    """Share of declined rows one of whose strongest drivers may not be named.

    Such a driver is a protected attribute or a proxy of one, an excluded feature or an artefact. Whether it is named
    (which must not be) or left out (so that the reasons given are not the principal ones), the notice is wrong: the
    model may not rest on it. Clopper and Pearson's interval. ``detail`` names them. Undefined without rows. Sources:
    12 CFR 1002.4(a), 1002.9(b)(2).
    """
    counts = {f"{name} ({why[name]})": int(suppressed[:, j].sum()) for j, name in enumerate(drivers) if name in why}
    found = dict(sorted(((k, v) for k, v in counts.items() if v), key=lambda item: (-item[1], item[0])))
    return counted.share(np.asarray(suppressed.any(axis=1)), level=level, detail={"drivers": found})


def missing(blank: Mask, named: Places, drivers: int, thin: Floats, *, level: float = 0.95) -> Measured:
    """Share of the declined rows with a reason resting on a missing value that is told as if the value were known.

    A code below *drivers* is a driver's ordinary one; its words for a missing value have a code of their own.
    ``detail`` counts thin files, rows of which half the features or more have no value, and those among them that
    have no reason. Clopper and Pearson's interval. Not applicable where no reason rests on a missing value.
    """
    rests = blank & (named >= 0)
    some: Mask = np.asarray(rests.any(axis=1))
    thin_rows = thin >= HALF
    found = {
        "thin files": int(thin_rows.sum()),
        "thin files without a reason": int((thin_rows & ~(named >= 0).any(axis=1)).sum()),
    }
    if not some.any():
        return Undefined(
            because="no reason of a declined row rests on a missing value", kind="not-applicable", n=len(some)
        )
    plain: Mask = np.asarray((rests & (named < drivers)).any(axis=1))
    return counted.share(plain[some], level=level, detail=found)


def agreement(differs: Places, *, level: float = 0.95) -> Measured:
    """Share of declined rows whose codes on record are not those that this version of the model gives.

    Any difference of a code or of their order counts; a row without a code on record differs where the model gives
    one. Clopper and Pearson's interval, so that no difference among n rows leaves at most 1 - (alpha / 2)^(1 / n).
    """
    known = differs >= 0
    if not known.any():
        return Undefined(because="no codes are on record", kind="not-applicable")
    return counted.share(differs[known] == 1, level=level)


def examples(
    named: Places, weights: Floats, margins: Floats, cut: float, codes: Sequence[str], words: dict[str, str]
) -> list[dict[str, Any]]:
    """Return three decisions: the nearest to the cut-off, one in the middle, the furthest.

    Each is told by its codes and what they contributed; no value of an applicant is kept.
    """
    known = np.flatnonzero((named[:, 0] >= 0) & np.isfinite(weights[:, 0]) & np.isfinite(margins))
    order = known[np.argsort(margins[known], kind="stable")]
    if not len(order):
        return []
    places = dict.fromkeys(int(order[i]) for i in (0, len(order) // 2, len(order) - 1))
    return [
        {
            "beyond": float(margins[row] - cut),
            "reasons": [
                {"code": code, "says": words[code], "weight": float(w)}
                for p, w in zip(named[row].tolist(), weights[row].tolist(), strict=True)
                if p >= 0 and np.isfinite(w)
                for code in [str(codes[p])]
            ],
        }
        for row in places
    ]
