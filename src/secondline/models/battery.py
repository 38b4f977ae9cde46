"""Battery: what becomes of reasons when rows are asked again, disturbed, or given what the reasons say they lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from secondline.core.declared.reasons import Reasons as Declared
from secondline.core.errors import ModelError
from secondline.core.estimate import Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models.deciding import Mask, absent, exchanged, held, picked
from secondline.models.model import Columns, Floats, Model
from secondline.models.reasons import APPROVED, BY_SCORE, UNDECIDED, Explainer, Places, Reasons, explainer

MOST, MOST_SAMPLED = 1_000, 60
"""Declined rows explained; fewer where each takes thousands of scores."""
MOVED = 300
"""Declined rows whose reasons are set to the reference: each takes two hundred scores a reason."""
REPEATS = 5
NOISE = 0.01
EXACT = 50
"""A number with at most this many distinct values is known exactly, unless a grain is declared."""
SEED = 20_261_125


@dataclass(frozen=True, slots=True, eq=False)
class Battery:
    """Reasons of declined rows, and what was seen when they were tried. Rows run down, reasons across.

    ``rows`` of the sample were decided, ``declined`` of them against the applicant; the first are explained. ``again``
    holds the codes of the same rows in another order and in other batches, ``noisy`` those after noise (a repeat, then
    rows). On the first rows that the score declined: ``alone`` is how far each named driver, set to the reference,
    takes the margin towards approval; ``sense`` in how many more of the reference's rows the feature has a better
    value than a worse one, by the claimed direction (a share; NaN where nothing is claimed); ``together`` and
    ``random`` the margin after all named drivers, or as many others drawn at random, are set to the reference.
    ``suppressed`` is the withheld drivers that are among the strongest of each row. ``thin`` is the share of features
    without a value. ``recorded`` is whether the codes on record differ from these (-1 where none is declared).
    """

    codes: tuple[str, ...]
    words: dict[str, str]
    specific: tuple[str, ...]
    drivers: tuple[str, ...]
    driver_features: tuple[tuple[str, ...], ...]
    withheld: dict[str, str]
    immutable: tuple[str, ...]
    named: Places
    weights: Floats
    blank: Mask
    by: Places
    margins: Floats
    contributions: Floats
    again: Places
    noisy: Places
    noised: tuple[str, ...]
    tried: Places
    alone: Floats
    sense: Floats
    together: Floats
    random: Floats
    suppressed: Mask
    thin: Floats
    recorded: Places
    cut: float
    ties_approved: bool
    rows: int
    declined: int
    total: int
    most: int
    method: str
    reference: int
    gap: float
    declared: bool


def battery(model: Model, rows: Sample, reference: Sample, spec: ModelSpec) -> Battery | Undefined:
    """Explain the declined rows of a population and try their reasons."""
    if not rows.size:
        return Undefined(because="there are no rows", needed="rows")
    try:
        made = explainer(model, reference.columns, spec)
    except ModelError as error:
        return Undefined(because=str(error).rstrip("."), needed="a reference population with decided rows")
    by = made.decided(rows.columns)
    against = np.flatnonzero((by != APPROVED) & (by != UNDECIDED))
    if not len(against):
        return Undefined(because="no row is declined", kind="not-applicable", n=rows.size)
    few = picked(rows.columns, against[: MOST_SAMPLED if made.sampled else MOST])
    told = made.reasons(few)
    tried = np.flatnonzero((told.by == BY_SCORE) & (told.named[:, 0] >= 0))[: MOST_SAMPLED if made.sampled else MOVED]
    moved = _moved(made, few, told, tried)
    noised, noisy = _noisy(made, few, reference.columns)
    declared = spec.reasons or Declared()
    return Battery(
        told.codes, told.words, made.catalogue.specific, told.drivers,
        tuple(d.features for d in made.catalogue.drivers),
        {d.code: d.withheld for d in made.catalogue.drivers if d.withheld}, declared.immutable,
        told.named, told.weights, told.blank, told.by, told.margins, told.contributions,
        _again(made, few), noisy, noised, tried, *moved, _suppressed(told, made), _thin(model, few),
        _recorded(few, told, declared), made.deciding.cut,
        bool(made.deciding.approves(np.array([made.deciding.cut]))[0]),
        int((by != UNDECIDED).sum()), len(against), rows.total, declared.most, made.method,
        len(next(iter(made.reference.values()))), _gap(told), declared=bool(declared.texts),
    )  # fmt: skip


def _gap(told: Reasons) -> float:
    """Return how far contributions are from adding up to the same total less the margin in every row."""
    known = (told.by == BY_SCORE) & np.isfinite(told.contributions).all(axis=1)
    rest = told.margins[known] - told.contributions[known].sum(axis=1)
    return float(rest.max() - rest.min()) if len(rest) else 0.0


def _again(made: Explainer, few: Columns) -> Places:
    size = len(next(iter(few.values())))
    order = np.random.default_rng(SEED).permutation(size)
    parts = [part for part in np.array_split(order, max(size // 97, 2)) if len(part)]
    found = [made.reasons(picked(few, part)).named for part in parts]
    again = np.empty((size, found[0].shape[1]), dtype=np.int64)
    again[np.concatenate(parts)] = np.concatenate(found)
    return again


def grains(columns: Columns, spec: ModelSpec, features: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return, for each feature not known exactly, how far it may be off and the grain it is written in.

    A declared grain is both. Else a number with more than 50 distinct values may be off by a hundredth of its
    standard deviation (read off the quartiles), and is written in the smallest gap between two of its values.
    """
    changes = (spec.reasons or Declared()).changes
    found: dict[str, tuple[float, float]] = {}
    for name in features:
        values = columns.get(name)
        if values is None or values.dtype == object:
            continue
        change = changes.get(name)
        if change and change.grain:
            found[name] = (change.grain, change.grain)
            continue
        distinct = np.unique(values[np.isfinite(values)])
        if len(distinct) > EXACT:
            low, high = np.quantile(values[np.isfinite(values)], [0.25, 0.75])
            spread = float(high - low) / 1.349 or float(distinct.std())
            found[name] = (NOISE * spread, float(np.diff(distinct).min()))
    return found


def _noisy(made: Explainer, few: Columns, reference: Columns) -> tuple[tuple[str, ...], Places]:
    off = grains(reference, made.spec, made.deciding.model.features)
    repeats = 1 if made.sampled else REPEATS
    draw = np.random.default_rng(SEED)
    found = []
    for _ in range(repeats):
        changed = dict(few)
        for name, (reach, grain) in off.items():
            moved = few[name] + draw.uniform(-reach, reach, len(few[name]))
            changed[name] = np.where(np.isfinite(few[name]), np.round(moved / grain) * grain, few[name])
        found.append(made.reasons(changed, every=True).named)
    return tuple(off), np.stack(found)


def _moved(made: Explainer, few: Columns, told: Reasons, tried: Places) -> tuple[Floats, Floats, Floats, Floats]:
    """Set named drivers to the reference's rows, alone and together, and as many others at random."""
    model, width = made.deciding.model, told.named.shape[1]
    rows = held(model, picked(few, tried))
    chosen = _chosen(made, told, tried)
    before = told.margins[tried]
    alone = np.full((len(tried), width), np.nan)
    for k in range(width):
        mask = _kth(made, told, tried, k)
        if mask.any():
            alone[:, k] = np.where(mask.any(axis=1), before - _set(made, rows, mask), np.nan)
    together = _set(made, rows, chosen) if len(tried) else np.empty(0)
    random = _set(made, rows, _others(chosen)) if len(tried) else np.empty(0)
    return alone, _sense(made, rows, told.named[tried]), together, random


def _kth(made: Explainer, told: Reasons, tried: Places, k: int) -> Mask:
    """Return which driver (across) is the *k*-th reason of each row."""
    own = _driver_of(made)
    place = np.where(told.named[tried, k] >= 0, own[told.named[tried, k]], -1)
    return np.asarray(place[:, np.newaxis] == np.arange(len(made.catalogue.drivers)))


def _driver_of(made: Explainer) -> Places:
    """Return the driver each code speaks of: a code for a missing value speaks of the driver it stands for."""
    count = len(made.catalogue.drivers)
    with_missing = [j for j, d in enumerate(made.catalogue.drivers) if d.missing]
    found = np.full(len(made.catalogue.codes), -1, dtype=np.int64)
    found[:count] = np.arange(count)
    found[count : count + len(with_missing)] = with_missing
    return found


def _chosen(made: Explainer, told: Reasons, tried: Places) -> Mask:
    found = np.zeros((len(tried), len(made.catalogue.drivers)), dtype=bool)
    for k in range(told.named.shape[1]):
        found |= _kth(made, told, tried, k)
    return found


def _others(chosen: Mask) -> Mask:
    """Return, for each row, as many drivers drawn at random from all as it has named."""
    order = np.argsort(np.random.default_rng(SEED).random(chosen.shape), axis=1)
    rank = np.argsort(order, axis=1)
    return np.asarray(rank < chosen.sum(axis=1)[:, np.newaxis])


def _set(made: Explainer, rows: dict[str, Any], moved: Mask) -> Floats:
    """Return the mean margin of each row over the reference's rows, from which the drivers *moved* are taken."""
    by_feature = {name: moved[:, j] for j, driver in enumerate(made.catalogue.drivers) for name in driver.features}
    count = len(next(iter(made.reference.values())))
    margins = made.deciding.margins(exchanged(rows, made.reference, by_feature)).reshape(len(moved), count)
    known = np.isfinite(margins)
    return np.asarray(
        np.where(known.any(axis=1), np.nansum(margins, axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)
    )


def _sense(made: Explainer, rows: dict[str, Any], named: Places) -> Floats:
    """Return how many more reference rows are better than worse by the claimed direction, as a share."""
    own, claims = _driver_of(made), made.spec.claims.monotone
    found = np.full(named.shape, np.nan)
    for j, driver in enumerate(made.catalogue.drivers):
        name = driver.features[0]
        if len(driver.features) > 1 or name not in claims or rows[name].dtype == object:
            continue
        up = 1.0 if claims[name] == "increasing" else -1.0
        gap = np.sign(up * (rows[name][:, np.newaxis] - made.reference[name][np.newaxis, :]))
        better = np.nanmean(np.where(np.isfinite(gap), gap, 0.0), axis=1)
        at = (named >= 0) & (own[np.maximum(named, 0)] == j) & ~absent(rows[name])[:, np.newaxis]
        found = np.where(at, better[:, np.newaxis], found)
    return found


def _suppressed(told: Reasons, made: Explainer) -> Mask:
    """Return which withheld drivers (across) are among the strongest of each row."""
    rounded = np.round(told.contributions, 9)
    order = np.argsort(np.argsort(-np.where(np.isfinite(rounded), rounded, -np.inf), axis=1, kind="stable"), axis=1)
    withheld = np.array([bool(d.withheld) for d in made.catalogue.drivers])
    by_score = (told.by == BY_SCORE)[:, np.newaxis]
    return np.asarray((order < made.declared.most) & (rounded > 0) & withheld & by_score)


def _thin(model: Model, few: Columns) -> Floats:
    return np.asarray(np.mean([absent(np.asarray(few[name])) for name in model.features], axis=0), dtype=np.float64)


def _recorded(few: Columns, told: Reasons, declared: Declared) -> Places:
    """Return whether the codes on record differ from these or their order; -1 where none is declared."""
    size = len(told.named)
    columns = [few[name] for name in declared.recorded if name in few]
    if not columns:
        return np.full(size, -1, dtype=np.int64)
    given = [[code for column in columns for code in _split(column[row])] for row in range(size)]
    mine = [[told.codes[place] for place in told.named[row] if place >= 0] for row in range(size)]
    return np.array([a != b for a, b in zip(given, mine, strict=True)], dtype=np.int64)


def _split(value: Any) -> list[str]:
    if value is None or value != value:  # noqa: PLR0124 - NaN differs from itself
        return []
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return [part.strip() for part in text.replace(";", ",").replace("|", ",").split(",") if part.strip()]
