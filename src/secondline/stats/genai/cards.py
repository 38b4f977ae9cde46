"""Judge cards: how often a judge passes what people pass and fails what people fail, in all and by slice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.core.tables.graded import TRIAGE
from secondline.stats import intervals
from secondline.stats.clusters import Floats, Mask
from secondline.stats.genai.labelled import Labelled, of_answers
from secondline.stats.genai.rates import SLICED
from secondline.stats.genai.rows import accounted, first, permutations, scored
from secondline.stats.intervals import Interval
from secondline.stats.multiplicity import holm
from secondline.stats.weights import effective_counts

NO_CARD = "no card of it is accepted and in date"
LEAST_YOUDEN, MOST_UNSCORED, ALPHA = 0.4, 0.02, 0.05
SHUFFLES, SEED = 2_000, 20_261_126


@dataclass(frozen=True, slots=True)
class Share:
    """A weighed share as counts of Kish's size, with Wilson's interval; ``rows`` are the labels it rests on."""

    value: float
    span: Interval
    rows: int
    size: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"value": self.value, "low": self.span.low, "high": self.span.high, "labels": self.rows}


def share(hit: Mask, of: Mask, weight: Floats, level: float) -> Share | None:
    """Return the weighed share of *hit* among *of*; None where there is none."""
    w, events = weight[of], weight[of & hit]
    counts = effective_counts(float(events.sum()), float(w.sum()), float((w**2).sum()))
    if counts[1] <= 0:
        return None
    return Share(counts[0] / counts[1], intervals.wilson(*counts, level), int(of.sum()), counts[1])


def sensitivity(rows: Labelled, level: float, where: Mask | None = None) -> Share | None:
    """Return ``Se = P(judge passes | person passes)``, labels weighed by one over their chances; None without one."""
    good = rows.known & (rows.y == 1) & (True if where is None else where)
    return share(rows.f == 1, np.asarray(good), rows.weight, level)


def specificity(rows: Labelled, level: float, where: Mask | None = None) -> Share | None:
    """Return ``Sp = P(judge fails | person fails)``; None where people failed nothing."""
    bad = rows.known & (rows.y == 0) & (True if where is None else where)
    return share(rows.f == 0, np.asarray(bad), rows.weight, level)


def youden(graded: Graded, *, level: float = 0.95) -> Measured:
    """Youden's J of a judge, ``Se + Sp - 1``: 1 for a judge that errs never, 0 for one that tells nothing.

    Se and Sp are of the labels, weighed by one over the chance each was drawn with, with Wilson's intervals at Kish's
    size; the interval of J combines them by their distances (MOVER). ``detail`` has both, by slice, whether they
    differ between slices, and whether the judge may grade: J of at least 0.4, no difference, fewer than 2 % unscored.
    Undefined where people passed all, or failed all: one of the two then has no number. Source: Youden (1950), Cancer
    3; Zou and Donner (2008), Statistics in Medicine 27, for the interval.
    """
    rows = of_answers(graded)
    se, sp = sensitivity(rows, level), specificity(rows, level)
    labels = int(rows.known.sum())
    if se is None or sp is None:
        missing = "label" if not labels else "answer that people passed" if se is None else "answer that people failed"
        return Undefined(because=f"among {labels:,} labels there is no {missing}", n=float(labels),
                         needed="labels drawn within each verdict, until both occur")  # fmt: skip
    value = se.value + sp.value - 1
    down = math.hypot(se.value - se.span.low, sp.value - sp.span.low)
    up = math.hypot(se.span.high - se.value, sp.span.high - sp.value)
    fit, because = eligible(graded)
    return Estimate(
        value=value, low=max(value - down, -1.0), high=min(value + up, 1.0), level=level,
        method="Wilson of both, combined (MOVER)", n=float(labels), events=float((rows.y[rows.known] == 0).sum()),
        detail={"sensitivity": se.to_json(), "specificity": sp.to_json(), "slices": by_slice(graded, level),
                "difference between slices": differences(graded), "eligible": fit, "because": because,
                "answers": accounted(graded)},
    )  # fmt: skip


def by_slice(graded: Graded, level: float) -> list[dict[str, Any]]:
    """Return sensitivity and specificity in each slice: stratum, language, kind."""
    rows, verdicts = of_answers(graded), scored(graded)
    made = []
    for column in SLICED:
        names = sorted(set(verdicts[column].tolist()) - {""})
        for name in names if len(names) > 1 else ():
            mine = verdicts[column] == name
            se, sp = sensitivity(rows, level, mine), specificity(rows, level, mine)
            made.append({"by": column, "slice": name, "sensitivity": se.to_json() if se else None,
                         "specificity": sp.to_json() if sp else None})  # fmt: skip
    return made


def differences(graded: Graded) -> dict[str, Any]:
    """Return whether sensitivity or specificity differs between slices: p-values under Holm, and the smallest.

    For each column and each of the two, Pearson's chi-square of right verdicts by slice among labels of one kind, with
    its distribution under 2,000 shuffles of the slices. Errors that differ by slice break every correction that pools
    them. No p-value where a column has one slice, or labels of one kind are of one slice.
    """
    rows, verdicts = of_answers(graded), scored(graded)
    found: dict[str, float] = {}
    for column in SLICED:
        for name, kind in (("sensitivity", 1.0), ("specificity", 0.0)):
            mine = rows.known & (rows.y == kind)
            p = shuffled((rows.f == kind)[mine], verdicts[column][mine])
            if p is not None:
                found[f"{name} by {column}"] = p
    adjusted = dict(zip(found, holm(list(found.values())), strict=True))
    return {"p": adjusted, "smallest": min(adjusted.values(), default=None)}


def shuffled(right: Mask, slice_: npt.NDArray[Any]) -> float | None:
    """Return the permutation p-value that a share is the same in each slice; None where there is nothing to compare."""
    names, place = np.unique(slice_.astype(str), return_inverse=True)
    if len(names) < 2 or right.all() or not right.any():  # noqa: PLR2004 - a comparison needs two
        return None if len(names) < 2 else 1.0  # noqa: PLR2004
    sizes = np.bincount(place).astype(np.float64)
    member = (place[:, None] == np.arange(len(sizes))).astype(np.float64)
    truth = right.astype(np.float64)
    seen = float(((truth @ member) ** 2 / sizes).sum())
    more = sum(
        int((((moved @ member) ** 2 / sizes).sum(axis=1) >= seen - 1e-9).sum())
        for moved in permutations(truth, SHUFFLES, SEED)
    )
    return (1 + more) / (1 + SHUFFLES)


def eligible(graded: Graded) -> tuple[bool, str]:
    """Return whether a judge may grade, and why not where it may not.

    It may where ``Se + Sp - 1`` is at least 0.4, neither differs between slices, and under 2 % of answers are
    unscored. Where people passed all (or failed all) of what they saw J has no number and counts against nobody: the
    correction by verdict rests on labels alone. A judge whose card is not accepted (`triage`) may not.
    """
    if first(graded, "scorer") == TRIAGE:
        return False, NO_CARD
    rows = of_answers(graded)
    se, sp = sensitivity(rows, 0.95), specificity(rows, 0.95)
    verdict, status = graded.number("verdict"), graded["status"]
    asked = ~np.isin(status.astype(str), ["timeout", "error"])
    unscored = float((~np.isfinite(verdict[asked])).mean()) if asked.any() else 0.0
    smallest = differences(graded)["smallest"]
    if se and sp and se.value + sp.value - 1 < LEAST_YOUDEN:
        return False, f"Se + Sp - 1 is {se.value + sp.value - 1:.2f}, below {LEAST_YOUDEN:g}"
    if smallest is not None and smallest < ALPHA:
        return False, f"its errors differ between slices (p {smallest:.3f})"
    if unscored >= MOST_UNSCORED:
        return False, f"{unscored:.1%} of the answers could not be scored, of which {MOST_UNSCORED:.0%} may be"
    return True, ""
