"""Attributions: what each input contributed to each score, exactly where that is known, else sampled with its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import shapley
from secondline.models.model import Columns, Floats, Model

SAMPLES = 128
SEED = 20_261_124
FEW = 6
"""Inputs up to which every coalition is scored rather than a sample of them."""
NATIVE_ROWS = 2_048
"""Rows explained at a time by the model's own library, so that no request takes long."""
Method = Literal["auto", "native", "enumeration", "sampling"]


@dataclass(frozen=True, slots=True, eq=False)
class Attributions:
    """Contributions that add up: ``base + values.sum(axis=1)`` is ``scores``, on the scale named.

    ``values`` has a row for each row explained and a column for each of ``features``. ``scores`` are the model's own,
    on that scale: ``log-odds``, ``probability`` or ``score`` (as the model gives it). ``error`` is the standard error
    of each value where coalitions were sampled, against the same background, and None where nothing was.
    ``background`` counts the rows that stand for an absent input; 0 where the method needs none.
    """

    features: tuple[str, ...]
    values: Floats
    base: float
    scores: Floats
    error: Floats | None
    scale: str
    method: str
    background: int

    @property
    def gap(self) -> Floats:
        """How far each row is from adding up."""
        return np.asarray(self.base + self.values.sum(axis=1) - self.scores)

    @property
    def by_row(self) -> list[dict[str, Any]]:
        """One plain dictionary a row: its score, the base, and the contributions by input, largest first."""
        order = np.argsort(-np.abs(self.values), axis=1, kind="stable")
        return [
            {"score": float(score), "base": self.base, "scale": self.scale,
             "contributions": {self.features[j]: float(row[j]) for j in places}}
            for score, row, places in zip(self.scores, self.values, order, strict=True)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Rows that stand for absent inputs, with their scores: made once where many are to be explained against them."""

    rows: dict[str, Any]
    scores: Floats

    @staticmethod
    def of(model: Model, columns: Columns) -> Background:
        """Score rows and keep those that have a score.

        Raises:
            ModelError: none has.
        """
        rows = {name: np.asarray(_of(columns, name, model)) for name in model.features}
        scores = model.score(rows)
        known = np.isfinite(scores)
        if not known.any():
            raise ModelError(f"Model {model.name!r} scores no row of the background, so nothing can stand for absence.")
        return Background({name: values[known] for name, values in rows.items()}, scores[known])

    def first(self, rows: int) -> Background:
        """Return the first rows."""
        return Background({name: values[:rows] for name, values in self.rows.items()}, self.scores[:rows])


def attribute(
    model: Model,
    columns: Columns,
    background: Columns | Background,
    *,
    method: Method = "auto",
    samples: int = SAMPLES,
    seed: int = SEED,
) -> Attributions:
    """Return Shapley values of the rows of *columns*, with the rows of *background* standing for absent inputs.

    ``auto`` uses the model's own exact method where it has one, scores every coalition of up to six inputs, and else
    samples *samples* pairs of opposite permutations a row: at most half as many background rows are then used, each
    at least twice, so that the error of the sampling can be told from the spread of the background. A row without a
    score has no attributions (NaN). Where the model's own method refuses, sampling takes its place and ``method`` says
    why. Scores strictly between 0 and 1 are explained in log-odds when sampled.

    Raises:
        ModelError: *method* is ``native`` and the model has none, or no row of the background has a score.
    """
    rows = {name: np.asarray(_of(columns, name, model)) for name in model.features}
    if isinstance(background, Background):
        absent = background.rows
    else:
        absent = {name: np.asarray(_of(background, name, model)) for name in model.features}
    if method == "native":
        return _native(model, rows, absent)
    if method == "auto" and model.explain is not None:
        try:
            return _native(model, rows, absent)
        except ModelError as refusal:
            try:
                found = attribute(model, rows, background, method="sampling", samples=samples, seed=seed)
            except ModelError:
                raise refusal from None
            return replace(found, method=f"{found.method} (its own method refused: {refusal})")
    known = background if isinstance(background, Background) else Background.of(model, absent)
    scores = model.score(rows)
    if method == "enumeration" or (method == "auto" and len(model.features) <= FEW):
        return _enumerated(model, rows, scores, known.first(max(samples, 1)))
    return _sampled(model, rows, scores, known.first(max(samples // 2, 1)), samples, seed)


def columns_of(table: Any, model: Model) -> dict[str, Any]:
    """Return a model's inputs from anything that gives a column by its name: a frame, an Arrow table, a mapping.

    Numbers become float64 with NaN for missing, all else text with None for missing.

    Raises:
        ModelError: an input is not among the columns.
    """
    found = {}
    for name in model.features:
        try:
            values = np.asarray(table[name])
        except (KeyError, IndexError, ValueError) as error:
            raise _lacking(model, name) from error
        number = values.dtype.kind in "iufb"
        found[name] = values.astype(np.float64) if number else _texts(values)
    return found


def _texts(values: Any) -> Any:
    """Return texts with None for missing; numbers that came as objects become numbers."""
    held = [None if value is None or value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
    if all(value is None or isinstance(value, (int, float)) for value in held):
        return np.array([np.nan if value is None else float(value) for value in held])
    return np.array([None if value is None else str(value) for value in held], dtype=object)


def _of(columns: Columns, name: str, model: Model) -> Any:
    if name not in columns:
        raise _lacking(model, name)
    return columns[name]


def _lacking(model: Model, name: str) -> ModelError:
    return ModelError(f"Model {model.name!r} reads {name!r}, and the rows to explain have no such column.")


def _native(model: Model, rows: dict[str, Any], absent: dict[str, Any]) -> Attributions:
    if model.explain is None:
        raise ModelError(
            f"Model {model.name!r} ({model.format}) has no exact method of its own; sample it: method='sampling'."
        )
    size = len(next(iter(rows.values())))
    parts = [
        model.explain({n: v[i : i + NATIVE_ROWS] for n, v in rows.items()}, absent)
        for i in range(0, max(size, 1), NATIVE_ROWS)
    ]
    first = parts[0]
    return Attributions(
        model.features, np.concatenate([p.values for p in parts]), first.base,
        np.concatenate([p.scores for p in parts]), None, first.scale, first.method, first.background,
    )  # fmt: skip


def _enumerated(model: Model, rows: dict[str, Any], scores: Floats, absent: Background) -> Attributions:
    scale, game, tops, bases = _game(model, scores, absent.scores)
    values = shapley.enumerated(game, rows, absent.rows, tops, bases)
    return Attributions(
        model.features, values, float(bases.mean()), tops, None, scale, "every coalition, interventional", len(bases)
    )


def _sampled(
    model: Model, rows: dict[str, Any], scores: Floats, absent: Background, samples: int, seed: int
) -> Attributions:  # fmt: skip
    scale, game, tops, bases = _game(model, scores, absent.scores)
    repeats = max(samples // len(bases), 2)
    values, error = shapley.sampled(game, rows, absent.rows, tops, bases, repeats, seed)
    return Attributions(
        model.features, values, float(bases.mean()), tops, error, scale, "permutation sampling, interventional",
        len(bases),
    )  # fmt: skip


def _game(
    model: Model, scores: Floats, bases: Floats
) -> tuple[str, Callable[[dict[str, Any]], Floats], Floats, Floats]:
    """Return the scale, the function explained on it, and its values at the rows and at the background."""
    scale = scale_of(np.concatenate([scores, bases]))
    return scale, lambda columns: on(scale, model.score(columns)), on(scale, scores), on(scale, bases)


def scale_of(scores: Floats) -> str:
    """Return the scale to explain scores on: log-odds where all lie strictly between 0 and 1."""
    known = scores[np.isfinite(scores)]
    if ((known > 0) & (known < 1)).all():
        return "log-odds"
    return "probability" if ((known >= 0) & (known <= 1)).all() else "score"


def on(scale: str, scores: Floats) -> Floats:
    """Return scores on a scale: ``log(p / (1 - p))`` for log-odds, with p kept a rounding error from 0 and 1."""
    if scale != "log-odds":
        return scores
    rounding = np.finfo(np.float64).epsneg
    inside = np.clip(scores, rounding, 1.0 - rounding)
    return np.asarray(np.log(inside) - np.log1p(-inside))
