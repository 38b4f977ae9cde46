"""Boosted trees that pay for the gap between two groups in their mean log-odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.declared.challengers import Boosting
from secondline.models.challengers.boosting import data, matrix, parameters
from secondline.models.challengers.given import Columns, Fit, Given, levels_of, sigmoid
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats
from secondline.models.sizes import leaves

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Penalty:
    """What a gap costs: ``strength * W / 2 * (mean log-odds of group - of control)^2``, W the sum of weights."""

    group: Mask
    control: Mask
    strength: float


def fit(given: Given, settings: Boosting, penalty: Penalty, rounds: int) -> Fit:
    """Fit *rounds* trees to the log-loss plus the penalty, from the weighted base rate; one thread, fixed seeds.

    The group is read while fitting and never when scoring.
    """
    lightgbm = library("lightgbm", "Fitting a penalised challenger")
    levels = {name: levels_of(values) for name, values in given.columns.items() if values.dtype == object}
    rate = float(np.average(given.label, weights=given.weight))
    start = float(np.log(rate / (1 - rate)))
    shares = _shares(given.weight, penalty)
    total = float(given.weight.sum())

    # The rows of a group move the gap together, so the diagonal alone understates the curvature and steps overshoot;
    # row sums of absolute values bound it (diagonal dominance), and every step goes downhill.
    steep = penalty.strength * total * np.abs(shares) * np.abs(shares).sum()

    def objective(raw: Floats, _: Any) -> tuple[Floats, Floats]:
        chance = sigmoid(raw)
        gap = float(shares @ raw)
        gradient = given.weight * (chance - given.label) + penalty.strength * total * gap * shares
        return gradient, given.weight * chance * (1 - chance) + steep

    params = parameters(given, settings) | {"objective": objective}
    table = data(lightgbm, given, levels).set_init_score(np.full(len(given.label), start))
    text = lightgbm.train(params, table, rounds).model_to_string()
    model = lightgbm.Booster(model_str=text)

    def predict(columns: Columns) -> Floats:
        raw = model.predict(matrix({name: columns[name] for name in given.features}, levels), num_threads=1)
        return sigmoid(np.asarray(raw, dtype=np.float64) + start)

    found = leaves(text)
    size = f"{model.num_trees()} trees, {found:,} leaves"
    return Fit(predict, text.encode(), {"parameters": found, "size": size, "trees": model.num_trees()})


def _shares(weight: Floats, penalty: Penalty) -> Floats:
    """Return the vector whose product with log-odds is the gap in their weighted means."""
    group, control = weight * penalty.group, weight * penalty.control
    return np.asarray(group / group.sum() - control / control.sum())
