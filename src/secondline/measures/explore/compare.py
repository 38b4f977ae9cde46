"""Compare: columns against the label, against another population, and over months and segments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from secondline.core.estimate import Estimate
from secondline.core.explored import ShareBar, Shift, Signal, Slice, SliceColumn
from secondline.core.tables import Moments
from secondline.frames.explore import slices
from secondline.frames.explore.gather import Look
from secondline.measures.explore.columns import spread
from secondline.stats import multiplicity
from secondline.stats.explore.target import named, target
from secondline.stats.intervals import normal, wilson
from secondline.stats.stability.psi import psi

Tested = TypeVar("Tested", Signal, Shift)


def signals(look: Look, label: str) -> dict[str, Signal]:
    """Return every other column against the label, p-values adjusted over all of them."""
    found = {name: _signal(look, name) for name in look.histograms if name != label}
    return _adjusted(found)


def _signal(look: Look, name: str) -> Signal:
    seen = target(look.histograms[name])
    bins = tuple(seen.bins)
    worth, area = seen.information, seen.auc
    if not isinstance(worth, Estimate):
        return Signal(bins, worth.n, because=worth.because)
    found = Signal(
        bins, worth.n, worth.events or 0, worth.value, worth.detail["noise"], worth.detail["less_noise"], worth.low,
        worth.high, worth.p_value,
    )  # fmt: skip
    if not isinstance(area, Estimate):
        return found
    return replace(found, auc=area.value, auc_low=area.low, auc_high=area.high)


def shifts(first: Look, other: Look, population: str) -> dict[str, Shift]:
    """Return every column of *other* against that of *first*, p-values adjusted over all of them."""
    return _adjusted({name: _shift(first, other, name, population) for name in first.opened.looked_at})


def _shift(first: Look, other: Look, name: str, population: str) -> Shift:
    if name not in other.opened.kinds:
        return Shift(population, because=f"{population} has no such column")
    if name not in other.histograms:
        return Shift(population, because=f"it is of another kind there: {other.opened.relation.types[name]}")
    before, after = first.histograms[name], other.histograms[name]
    # Missing is the first special cell of a number, with NaN after it, and the second of a category.
    size = after.bins.size
    absent = int(after.rows[size : size + 2].sum() if after.bins.numeric else after.rows[size + 1])
    moments = other.grids[name].moments if name in other.grids else None
    mean = moments.mean if moments and moments.rows and math.isfinite(moments.mean) else None
    found = psi(before, after)
    missing = absent / other.rows
    if not isinstance(found, Estimate):
        return Shift(population, n=found.n, missing=missing, mean=mean, because=found.because)
    names = {label: named(before, i) for i, label in enumerate(before.bins.labels)}
    bins = tuple(ShareBar(names[b["label"]], b["reference"], b["current"]) for b in found.detail["bins"])
    return Shift(
        population, bins, found.n, found.value, found.detail["expected_under_null"], found.low, found.high,
        found.p_value, missing=missing, mean=mean,
    )  # fmt: skip


def _adjusted(found: dict[str, Tested]) -> dict[str, Tested]:
    tested = [name for name, one in found.items() if one.p is not None]
    adjusted = multiplicity.holm([found[name].p or 0.0 for name in tested])
    return found | {name: replace(found[name], p_adjusted=p) for name, p in zip(tested, adjusted, strict=True)}


def sliced(some: Sequence[slices.Slice]) -> tuple[Slice, ...]:
    """Return slices with rates and means, each with its interval."""
    return tuple(_slice(one) for one in some)


def _slice(one: slices.Slice) -> Slice:
    low, high = wilson(one.events, one.labelled) if one.labelled else (None, None)
    rate = one.events / one.labelled if one.labelled else None
    columns = {name: _part(1 - known / one.rows, one.moments.get(name)) for name, known in one.known.items()}
    return Slice(one.name, one.rows, one.labelled, one.events, rate, low, high, columns)


def _part(absent: float, moments: Moments | None) -> SliceColumn:
    if moments is None or not moments.rows or not math.isfinite(moments.mean):
        return SliceColumn(absent)
    sd = spread(moments.rows, moments.m2)
    if sd is None:
        return SliceColumn(absent, moments.mean, n=moments.rows)
    low, high = normal(moments.mean, sd / math.sqrt(moments.rows))
    return SliceColumn(absent, moments.mean, low, high, moments.rows)
