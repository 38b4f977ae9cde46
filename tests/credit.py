"""Small credit models whose reasons can be worked out by hand, for tests of reasons, recourse and evasion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.models.inprocess import wrapped
from secondline.models.model import Model

Columns = Mapping[str, Any]
BETA = {"debt": 1.0, "late": 0.5, "income": -0.8}
POINTS = {
    "late": ((0, 60), (1, 30), (3, 0)),  # none 60, one or two 30, three and more 0
    "years": ((0, 10), (2, 25), (10, 40)),
    "used": ((0, 50), (50, 20), (90, 5)),  # per cent of the limit
}
"""A card of points: from a value on, how many points; more points are less risk."""


def spec(**more: Any) -> ModelSpec:
    """Return a study of a probability, approved below one half, with parts of model.yaml replaced."""
    base: dict[str, Any] = {
        "model": "m", "version": 1, "populations": {"dev": {"data": "a"}}, "columns": {"score": "pd"},
        "decision": {"approve-below": 0.5},
    }  # fmt: skip
    return ModelSpec.model_validate(base | more)


def card_spec(**more: Any) -> ModelSpec:
    """Return a study of points, of which a hundred are approved."""
    score = {"score": {"column": "points", "kind": "points", "direction": "lower-is-riskier"}}
    return spec(columns=score, decision={"approve-at-least": 100}, **more)


def card() -> Model:
    """Return the card of points as a model."""

    def total(columns: Columns) -> Any:
        return sum(_points(name, columns[name]) for name in POINTS)

    return wrapped(total, tuple(POINTS))


def _points(name: str, values: Any) -> Any:
    starts, points = zip(*POINTS[name], strict=True)
    found = np.array(points, dtype=float)[np.searchsorted(starts, values, side="right") - 1]
    return np.where(np.isnan(values), 0.0, found)


def line(beta: Mapping[str, float] = BETA, intercept: float = 0.0) -> Model:
    """Return a logistic regression as a model."""

    def chance(columns: Columns) -> Any:
        return 1 / (1 + np.exp(-(intercept + sum(b * columns[name] for name, b in beta.items()))))

    return wrapped(chance, tuple(beta))


def logistic(function: Callable[[Columns], Any], features: tuple[str, ...]) -> Model:
    """Return a model whose log-odds are *function*."""
    return wrapped(lambda columns: 1 / (1 + np.exp(-function(columns))), features)


def sample(columns: Columns, model: Model | None = None, sign: float = 1.0) -> Sample:
    """Return rows as a sample, scored by *model* where one is given."""
    rows = len(next(iter(columns.values())))
    scored = {} if model is None else {"@score": sign * model.score(columns)}
    return Sample(100_000, rows, np.arange(rows, dtype=np.uint64), {**columns, **scored})


def drawn(names: tuple[str, ...] = tuple(BETA), rows: int = 600, seed: int = 1) -> dict[str, Any]:
    """Return columns of independent standard normal numbers."""
    draw = np.random.default_rng(seed)
    return {name: draw.normal(size=rows) for name in names}
