"""Moved: what a model answers when inputs go missing, move by steps, or move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.tables import Sample
from secondline.models.model import Floats, Model
from secondline.models.probes import SEED, inputs, noisy

ROWS = 4_000
"""Rows scored with an input missing, for every input."""
STEPPED, STEPS = 1_500, (-2, -1, 1, 2)
SWEPT, POINTS = 250, 15
JOINT = 5_000
SIGNED = 500
"""Rows that tell in which direction an input raises the score."""
COMPONENTS = 3
FEW = 2
WHOLE = 50
"""An input of at most this many whole numbers moves by whole numbers."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How one number moves: a step, and the range that moves stay within."""

    step: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Stepped:
    """Scores of the same rows with one input moved by each of ``steps`` grains, and of fewer rows over a grid of it."""

    grain: Grain
    mean_input: float
    before: Floats
    steps: tuple[int, ...]
    after: Floats
    clipped: Floats
    grid: Floats
    swept: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Scores of the same rows before and after moves of several inputs at once.

    ``names`` say the moves; ``alone`` are the changes of the mean score when each input of the first move moves alone.
    """

    before: Floats
    names: tuple[str, ...]
    after: Floats
    inputs: tuple[str, ...]
    raises: npt.NDArray[np.int64]
    alone: Floats
    explained: Floats


def grain(values: npt.NDArray[Any]) -> Grain | None:
    """Return the step of a number, its interquartile range over 1.349 (else its standard deviation); None for texts.

    A flag moves from one of its values to the other. Whole numbers move by whole steps.
    """
    if values.dtype == object:
        return None
    finite = values[np.isfinite(values)]
    unique = np.unique(finite)
    if len(unique) < FEW:
        return None
    low, high = float(unique[0]), float(unique[-1])
    if len(unique) == FEW:
        return Grain(high - low, low, high)
    quarter, three = np.quantile(finite, [0.25, 0.75])
    step = float((three - quarter) / 1.349 or finite.std())
    whole = len(unique) <= WHOLE and bool(np.all(unique == np.round(unique)))
    return Grain(max(round(step), 1.0) if whole else step, low, high)


def outage(model: Model, rows: Sample, column: str, share: float, sign: float) -> tuple[Floats, Floats, Floats]:
    """Return scores of the rows as they are, with *column* missing everywhere, and missing for a random *share*."""
    columns = inputs(model, rows)
    some = np.random.default_rng(SEED).random(rows.size) < share
    gone = _missing(columns[column])
    together = {name: np.tile(values, 3) for name, values in columns.items()}
    together[column] = np.concatenate([columns[column], gone, np.where(some, gone, columns[column])])
    before, everywhere, partly = sign * model.score(together, 3 * rows.size).reshape(3, rows.size)
    return before, everywhere, partly


def _missing(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.empty(len(values), dtype=object) if values.dtype == object else np.full(len(values), np.nan)


def stepped(model: Model, rows: Sample, column: str, sign: float) -> Stepped | None:
    """Move *column* by one and two grains either way, within its range, and over a grid of its quantiles.

    Missing values stay missing. None where the column holds text or one value.
    """
    found = grain(rows.columns[column])
    if found is None:
        return None
    few, fewer = rows.first(STEPPED), rows.first(SWEPT)
    columns, start = inputs(model, few), np.asarray(few.columns[column], dtype=np.float64)
    moves = [np.clip(start + k * found.step, found.low, found.high) for k in STEPS]
    together = {name: np.tile(values, 1 + len(STEPS)) for name, values in columns.items()}
    together[column] = np.concatenate([start, *moves])
    scores = sign * model.score(together, (1 + len(STEPS)) * few.size).reshape(-1, few.size)
    clipped = [float(np.mean(np.abs(m - start - k * found.step) > 1e-9 * found.step))
               for k, m in zip(STEPS, moves, strict=True)]  # fmt: skip
    grid = np.unique(np.quantile(rows.finite(column), np.linspace(0, 1, POINTS)))
    swept = {name: np.tile(values, len(grid)) for name, values in inputs(model, fewer).items()}
    swept[column] = np.repeat(grid, fewer.size)
    curve = sign * model.score(swept, fewer.size * len(grid)).reshape(len(grid), fewer.size)
    finite = start[np.isfinite(start)]
    mean = float(finite.mean()) if len(finite) else 0.0
    return Stepped(found, mean, scores[0], STEPS, scores[1:], np.array(clipped), grid, curve)


def together(model: Model, rows: Sample, sign: float, claimed: Mapping[str, str]) -> Together | None:
    """Move all numbers at once, in several ways.

    Each by one grain the way that raises the score; each the other way; and along the first principal components of
    the inputs by one standard deviation either way. A claimed direction says which way raises; without a claim the mean
    score of 500 rows does. Missing values stay missing and no value leaves its range. None without a number that moves.
    """
    few = rows.first(JOINT)
    columns = inputs(model, few)
    grains = {name: made for name, values in columns.items() if (made := grain(values))}
    if not grains:
        return None
    raises, alone = _directions(model, rows.first(SIGNED), grains, sign, claimed)
    moves = {
        "every input up in risk by one step": dict(zip(grains, raises, strict=True)),
        "every input down in risk by one step": dict(zip(grains, -raises, strict=True)),
    }
    axes, explained = _components(columns, grains)
    for i, axis in enumerate(axes):
        for way, said in ((1, "up"), (-1, "down")):
            moves[f"component {i + 1} {said}"] = dict(zip(grains, way * axis, strict=True))
    stacked = [columns, *({**columns, **_shifted(columns, grains, move)} for move in moves.values())]
    joined = {name: np.concatenate([part[name] for part in stacked]) for name in columns}
    scores = sign * model.score(joined, few.size * len(stacked)).reshape(len(stacked), few.size)
    return Together(scores[0], tuple(moves), scores[1:], tuple(grains), raises, alone, explained)


def _shifted(columns: Mapping[str, Any], grains: Mapping[str, Grain], move: Mapping[str, float]) -> dict[str, Floats]:
    return {
        name: np.clip(columns[name] + move[name] * made.step, made.low, made.high)
        for name, made in grains.items()
        if move[name]
    }


def _directions(
    model: Model, rows: Sample, grains: Mapping[str, Grain], sign: float, claimed: Mapping[str, str]
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return for each number which way raises the score, and by how much a step that way does."""
    columns, names = inputs(model, rows), list(grains)
    parts = [columns]
    parts += [{**columns, **_shifted(columns, {n: grains[n]}, {n: way})} for n in names for way in (1, -1)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in columns}
    means = np.nanmean(sign * model.score(joined, rows.size * len(parts)).reshape(len(parts), rows.size), axis=1)
    up, down = (means[1:] - means[0]).reshape(len(names), 2).T
    ways = {"increasing": 1, "decreasing": -1}
    raises = np.array(
        [ways.get(claimed.get(n, ""), 1 if u >= d else -1) for n, u, d in zip(names, up, down, strict=True)]
    )
    return raises, np.where(raises > 0, up, down)


def _components(columns: Mapping[str, Any], grains: Mapping[str, Grain]) -> tuple[Floats, Floats]:
    """Return the first principal components in steps of each input, one standard deviation long, and their shares."""
    table = np.column_stack([np.asarray(columns[name], dtype=np.float64) / made.step for name, made in grains.items()])
    table = np.where(np.isfinite(table), table, np.nan)
    middle = np.nanmean(table, axis=0)
    centred = np.nan_to_num(table - middle)
    scale = centred.std(axis=0)
    scale[scale == 0] = 1.0
    # Heavy tails would own the first component: each input counts with its own spread.
    values, vectors = np.linalg.eigh(np.cov(centred / scale, rowvar=False).reshape(len(scale), -1))
    order = np.argsort(-values)[:COMPONENTS]
    axes = vectors[:, order].T * np.sqrt(np.maximum(values[order], 0))[:, None]
    # An eigenvector has no sign of its own: its largest part is made positive.
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return axes, values[order] / max(float(values.sum()), 1e-12)


def curve(model: Model, rows: Sample, scales: Sequence[float], repeats: int, sign: float) -> list[list[Floats]]:
    """Return noisy scores (``probes.noisy``) for each of several sizes of noise."""
    return [noisy(model, rows, scale, repeats, sign) for scale in scales]
