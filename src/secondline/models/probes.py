"""Probes: what a model answers when its inputs are repeated, moved, shuffled, disturbed or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from secondline.core.tables import Sample
from secondline.models.model import Floats, Model

ROWS = 20_000
"""Rows of the sample a probe scores; those of smallest hash, so that a repetition takes the same ones."""
SHUFFLED = 10_000
"""Rows scored when one input after another is permuted: every input costs as many scores again."""
SWEPT = 1_000
POINTS = 21
FAR = 1e12
SEED = 20_261_124


def inputs(model: Model, rows: Sample) -> dict[str, Any]:
    """Return the columns of the sample that the model reads; one that is absent is left for the model to name."""
    return {name: rows.columns[name] for name in model.features if name in rows.columns}


def produced(model: Model, rows: Sample, sign: float = 1.0) -> Floats:
    """Return the model's scores of the sample, turned by *sign* so that higher is riskier."""
    return sign * model.score(inputs(model, rows), rows.size)


def twice(model: Model, rows: Sample) -> tuple[Floats, Floats]:
    """Score the rows as they are, and again in another order and in batches of another size."""
    columns = inputs(model, rows)
    order = np.random.default_rng(SEED).permutation(rows.size)
    again = np.empty(rows.size)
    for part in np.array_split(order, max(rows.size // 997, 1)):
        again[part] = model.score({name: values[part] for name, values in columns.items()}, len(part))
    return model.score(columns, rows.size), again


def edges(model: Model, rows: Sample) -> Iterator[tuple[str, float]]:
    """Score a typical row with every input missing, and with each input in turn missing, zero or far out.

    Typical is the median of a number and the most frequent text.
    """
    columns = inputs(model, rows)
    typical = {name: _typical(values) for name, values in columns.items()}
    yield "typical", _one(model, typical)
    yield "all missing", _one(model, {name: _missing(value) for name, value in typical.items()})
    for name, value in typical.items():
        odd: dict[str, Any] = {"missing": _missing(value)}
        odd |= {"0": 0.0, "1e12": FAR, "-1e12": -FAR} if isinstance(value, float) else {"unknown": "\N{SNOWMAN}"}
        for said, moved in odd.items():
            yield f"{name} = {said}", _one(model, typical | {name: moved})


def _typical(values: Any) -> float | str | None:
    if values.dtype == object:
        known = sorted(str(value) for value in values if value is not None)
        return max(set(known), key=known.count) if known else None
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")


def _missing(value: float | str | None) -> float | None:
    return float("nan") if isinstance(value, float) else None


def _one(model: Model, row: dict[str, Any]) -> float:
    columns = {n: np.array([v]) if isinstance(v, float) else np.array([v], dtype=object) for n, v in row.items()}
    return float(model.score(columns, 1)[0])


def sweep(model: Model, rows: Sample, column: str, sign: float = 1.0) -> Floats:
    """Return scores of each row (down) with *column* set to each of a grid of its quantiles (across), rising."""
    few = rows.first(SWEPT)
    finite = rows.finite(column)
    grid = np.unique(np.quantile(finite, np.linspace(0, 1, POINTS))) if len(finite) else np.empty(0)
    columns = inputs(model, few)
    repeated = {name: np.repeat(values, len(grid)) for name, values in columns.items()}
    repeated[column] = np.tile(grid, few.size)
    return sign * model.score(repeated, few.size * len(grid)).reshape(few.size, len(grid))


def shuffled(model: Model, rows: Sample, column: str, repeats: int, sign: float = 1.0) -> list[Floats]:
    """Return scores of the sample with *column* permuted over its rows, once for each repeat."""
    draw = np.random.default_rng(SEED)
    columns = inputs(model, rows)
    together = {name: np.tile(values, repeats) for name, values in columns.items()}
    together[column] = np.concatenate([draw.permutation(columns[column]) for _ in range(repeats)])
    return list(sign * model.score(together, rows.size * repeats).reshape(repeats, rows.size))


def noisy(model: Model, rows: Sample, scale: float, repeats: int, sign: float = 1.0) -> list[Floats]:
    """Return scores with normal noise on every number: *scale* times its interquartile range over 1.349.

    A number that takes at most two values stays as it is: noise on a flag asks nothing.
    """
    draw = np.random.default_rng(SEED)
    columns = inputs(model, rows)
    spread = {name: _spread(values) for name, values in columns.items()}
    found = []
    for _ in range(repeats):
        changed = {
            name: values + draw.normal(0.0, scale * spread[name], rows.size) if spread[name] else values
            for name, values in columns.items()
        }
        found.append(sign * model.score(changed, rows.size))
    return found


def _spread(values: Any) -> float:
    if values.dtype == object:
        return 0.0
    finite = values[np.isfinite(values)]
    if len(np.unique(finite)) <= 2:  # noqa: PLR2004 - a flag has two values
        return 0.0
    low, high = np.quantile(finite, [0.25, 0.75])
    return float((high - low) / 1.349 or finite.std())
