"""Boundary: where the model may be used, because development saw rows like these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats import intervals
from secondline.stats.robustness.scored import Flags, Floats
from secondline.stats.weights import effective_counts

KNOWN, HELD, ASKED = 3_000, 3_000, 10_000
NEIGHBOURS = 5
RARE = 0.01
"""Share of held-out development rows that the threshold calls sparse."""
TOLERANCE = 0.001
LEAST = 200
MOST_LEVELS = 50
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Bound:
    """What development saw of one input: a range of numbers or a set of levels, and whether it was ever missing."""

    column: str
    low: float | None
    high: float | None
    levels: tuple[str, ...]
    missing: bool

    def outside(self, values: npt.NDArray[Any]) -> Flags:
        """Return which values development did not see."""
        if values.dtype == object:
            known = {*self.levels, *([None] if self.missing else [])}
            texts = values.tolist()
            strange = {v for v in set(texts) if v not in known}
            return np.array([v in strange for v in texts], dtype=bool)
        gone = np.isnan(values)
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        with np.errstate(invalid="ignore"):
            out = (values < low) | (values > high)
        return np.asarray(out | (gone & (not self.missing)))

    def condition(self) -> dict[str, Any]:
        """Return the bound as a condition of use that a machine can hold a row against."""
        kind = {"one_of": list(self.levels)} if self.levels else {"at_least": self.low, "at_most": self.high}
        return {"column": self.column, **kind, "may_be_missing": self.missing}


def bound(name: str, values: npt.NDArray[Any], tolerance: float) -> Bound | None:
    """Return what *values* saw, numbers between their *tolerance* and 1 - *tolerance* quantiles; None of nothing."""
    if values.dtype == object:
        levels = sorted({str(v) for v in values.tolist() if v is not None})
        gone = any(v is None for v in values.tolist())
        return Bound(name, None, None, tuple(levels), gone) if 0 < len(levels) <= MOST_LEVELS else None
    finite = np.sort(values[np.isfinite(values)])
    if not len(finite):
        return None
    skip = int(tolerance * len(finite))
    return Bound(name, float(finite[skip]), float(finite[-1 - skip]), (), bool(np.isnan(values).any()))


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Development rows in which nearness means the same along every input.

    A number is its rank among development's (0 to 1); a missing one stands in the middle and one apart. A level is one
    apart from every other.
    """

    sorted: Mapping[str, Floats]
    levels: Mapping[str, tuple[str, ...]]

    def place(self, rows: Sample, some: slice) -> Floats:
        """Return rows as points."""
        parts = [np.zeros((len(rows.hashes[some]), 0))]
        for name, known in self.sorted.items():
            values = np.asarray(rows.columns[name][some], dtype=np.float64)
            gone = np.isnan(values)
            left, right = (np.searchsorted(known, values, side=side) for side in ("left", "right"))
            parts.append(np.where(gone, 0.5, (left + right) / (2 * len(known)))[:, None])
            parts.append(np.where(gone, 1.0, 0.0)[:, None])
        for name, levels in self.levels.items():
            place = {level: i for i, level in enumerate(levels)}
            codes = np.array([place.get(v, len(levels)) for v in rows.columns[name][some].tolist()])
            # Two levels are one apart: each is half a root of two along its own axis.
            parts.append(np.eye(len(levels) + 1)[codes] * np.sqrt(0.5))
        return np.column_stack(parts)


def space(reference: Sample, bounds: Sequence[Bound]) -> Space:
    """Return the space of the reference's rows along the inputs that have bounds."""
    numbers = {
        b.column: np.sort(reference.finite(b.column)) for b in bounds if reference.columns[b.column].dtype != object
    }
    return Space(numbers, {b.column: b.levels for b in bounds if b.column not in numbers})


def distances(points: Floats, known: Floats) -> Floats:
    """Return the mean distance of each point to its five nearest known points."""
    found, squares = [], (known * known).sum(axis=1)
    k = min(NEIGHBOURS, len(known))
    for start in range(0, len(points), CHUNK):
        part = points[start : start + CHUNK]
        apart = (part * part).sum(axis=1)[:, None] + squares - 2 * part @ known.T
        nearest = np.partition(apart, k - 1, axis=1)[:, :k]
        found.append(np.sqrt(np.maximum(nearest, 0)).mean(axis=1))
    return np.concatenate(found) if found else np.empty(0)


def operating_boundary(
    rows: Sample, reference: Sample, features: Sequence[str], *, probability: bool = True, level: float = 0.95,
    tolerance: float = TOLERANCE,
) -> Measured:  # fmt: skip
    """Share of rows outside the model's operating boundary: in a region where development has hardly any rows.

    A row's sparseness is its mean distance to the five nearest of 3,000 development rows, along ranks of the numbers
    and levels of the texts; the threshold is exceeded by 1 % of 3,000 other development rows, so about 1 % is expected
    when nothing changed. Wilson's interval (of Kish's effective rows), on at most 10,000 rows. ``detail`` holds the
    boundary of each input as conditions of use (a number between the 0.1 % and 99.9 % quantiles of development, the
    levels seen, whether it may be missing) with the share of rows outside it and that share's interval, the share
    outside any of them, and what the score does beyond: its mean, and where outcomes are known observed over predicted,
    inside and outside. ``soundness.extrapolation`` asks of each number whether it left its range; this asks whether the
    combination was ever seen. Undefined under 200 reference rows. Sources: Ramaswamy, Rastogi and Shim (2000), SIGMOD
    29, 427 (distance to neighbours); PRA SS1/23, principle 3.3.
    """
    names = [n for n in features if n in rows.columns and n in reference.columns
             and (rows.columns[n].dtype == object) == (reference.columns[n].dtype == object)]  # fmt: skip
    bounds = [b for n in names if (b := bound(n, reference.columns[n], tolerance)) is not None]
    if not (rows.size and bounds) or reference.size < LEAST:
        return Undefined(because="there are too few rows of development to tell where they lie", n=rows.size,
                         needed=f"at least {LEAST} reference rows with features")  # fmt: skip
    made, half = space(reference, bounds), min(KNOWN, reference.size // 2)
    known = made.place(reference, slice(0, half))
    held = distances(made.place(reference, slice(half, half + HELD)), known)
    threshold = float(np.quantile(held, 1 - RARE, method="higher"))
    few = rows.first(ASKED)
    sparse = distances(made.place(few, slice(0, few.size)), known) > threshold
    away = {b.column: b.outside(few.columns[b.column]) for b in bounds}
    any_away = np.logical_or.reduce(list(away.values()))
    w = few.weight
    share, low, high = _share(sparse, w, level)
    return Estimate(
        value=share, low=low, high=high, level=level, method="Wilson", n=few.size, events=int(sparse.sum()),
        detail={
            "expected": RARE, "threshold": threshold, "held-out share": float((held > threshold).mean()),
            "outside any range": float(w @ any_away / w.sum()), "both": float(w @ (any_away & sparse) / w.sum()),
            "conditions": [_condition(b, away[b.column], w, level) for b in bounds],
            "score": _score(few, sparse | any_away, w, probability=probability, level=level),
        },
        warnings=() if few.size >= rows.total else (f"{few.size:,} of {rows.total:,} rows were placed",),
    )  # fmt: skip


def _share(hit: Flags, w: Floats, level: float) -> tuple[float, float, float]:
    x, n = effective_counts(float(w @ hit), float(w.sum()), float(w @ w))
    span = intervals.wilson(x, n, level)
    return (x / n if n else 0.0, span.low, span.high)


def _condition(made: Bound, away: Flags, w: Floats, level: float) -> dict[str, Any]:
    share, low, high = _share(away, w, level)
    return made.condition() | {"outside": share, "outside low": low, "outside high": high}


def _score(rows: Sample, out: Flags, w: Floats, *, probability: bool, level: float) -> dict[str, Any]:
    """Return what the score and the outcomes are inside and outside the boundary."""
    if "@score" not in rows.columns:
        return {}
    score, told = np.asarray(rows.columns["@score"], dtype=np.float64), {}
    label = np.asarray(rows.columns.get("@label", np.full(rows.size, np.nan)), dtype=np.float64)
    for name, part in (("inside", ~out), ("outside", out)):
        scored = part & np.isfinite(score) & (w > 0)
        held: dict[str, Any] = {"rows": int(scored.sum())}
        if scored.any():
            held["mean score"] = float(w[scored] @ score[scored] / w[scored].sum())
        judged = scored & np.isfinite(label)
        if probability and judged.any() and score[judged].sum() > 0:
            v = w[judged]
            x, n = effective_counts(float(v @ label[judged]), float(v.sum()), float(v @ v))
            scale = float(v.sum()) / float(v @ score[judged])
            span = intervals.wilson(x, n, level)
            held |= {"events": int(label[judged].sum()), "observed over predicted": x / n * scale,
                     "low": span.low * scale, "high": span.high * scale}  # fmt: skip
        told[name] = held
    return told
