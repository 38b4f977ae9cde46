"""Deciding: a model's scores turned into decisions, and into a margin on which contributions add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.spec import Decision, ModelSpec
from secondline.models.model import Columns, Floats, Model

Mask = npt.NDArray[np.bool_]
EDGE = 1e-12
"""How near to 0 and 1 a probability may come before its log-odds say more than its digits."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """The scores of a model, read as a decision rule reads them.

    A *margin* rises with risk: log-odds where the score is a probability, else the score, turned where a lower one is
    riskier. A row is declined when it has a score that the rule does not approve.
    """

    model: Model
    rule: Decision
    sign: float
    probability: bool

    @staticmethod
    def of(model: Model, spec: ModelSpec) -> Deciding:
        """Return how *spec* decides on the scores of *model*; it must state a decision rule."""
        if spec.decision is None:
            raise ValueError("model.yaml states no `decision` rule")
        sign = -1.0 if spec.score.direction == "lower-is-riskier" else 1.0
        return Deciding(model, spec.decision, sign, spec.score.kind == "probability")

    def margin(self, scores: Floats) -> Floats:
        """Return scores as margins."""
        if not self.probability:
            return self.sign * scores
        return self.sign * log_odds(scores)

    def margins(self, columns: Columns) -> Floats:
        """Score rows and return their margins."""
        return self.margin(self.model.score(columns))

    @property
    def cut(self) -> float:
        """The margin at which the decision turns."""
        given = self.rule.approve_at_least if self.rule.approve_below is None else self.rule.approve_below
        return float(self.margin(np.array([given], dtype=np.float64))[0])

    def approves(self, margins: Floats) -> Mask:
        """Whether rows of these margins are approved; a row without one is not."""
        if (self.rule.approve_below is None) == (self.sign > 0):
            return np.asarray(margins <= self.cut)
        return np.asarray(margins < self.cut)

    def approved(self, scores: Floats) -> Mask:
        """Whether the rule approves these scores, as it is written."""
        return np.asarray(self.rule.approves(scores))


def log_odds(p: Floats) -> Floats:
    """Return ``log(p / (1 - p))``, with probabilities kept 1e-12 away from 0 and 1."""
    inside = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def picked(columns: Columns, where: Any) -> dict[str, npt.NDArray[Any]]:
    """Return some rows of columns."""
    return {name: values[where] for name, values in columns.items()}


def held(model: Model, columns: Columns) -> dict[str, npt.NDArray[Any]]:
    """Return the columns the model reads; one that is absent is left for the model to name."""
    return {name: np.asarray(columns[name]) for name in model.features if name in columns}


def absent(values: npt.NDArray[Any]) -> Mask:
    """Whether values are missing: NaN of a number, None of a text."""
    if values.dtype == object:
        return np.array([value is None for value in values], dtype=bool)
    return np.isnan(np.asarray(values, dtype=np.float64))


def exchanged(columns: Columns, reference: Columns, moved: Mapping[str, Mask]) -> dict[str, npt.NDArray[Any]]:
    """Return every row once for each row of *reference*, with the features *moved* there taken from it.

    ``moved`` has, by feature, whether a row takes the reference's value; the result has the rows of the first row
    first.
    """
    few = len(next(iter(reference.values())))
    found = {}
    for name, values in columns.items():
        repeated = np.repeat(values, few)
        if name in moved:
            other = np.tile(reference[name], len(values))
            repeated = np.where(np.repeat(moved[name], few), other, repeated)
        found[name] = repeated
    return found


def typical(values: npt.NDArray[Any]) -> Any:
    """Return the median of numbers, or the most frequent text (the first in order of those that tie)."""
    known = values[~absent(values)]
    if values.dtype == object:
        names, counts = np.unique(known.astype(str), return_counts=True)
        return str(names[int(np.argmax(counts))]) if len(names) else None
    # An observed value, so that a code or a count stays one.
    return float(np.quantile(known, 0.5, method="lower")) if len(known) else float("nan")


def full(value: Any, rows: int) -> npt.NDArray[Any]:
    """Return a column of one value."""
    return np.full(rows, value, dtype=object if value is None or isinstance(value, str) else np.float64)
