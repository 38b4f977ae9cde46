"""Gradient-boosted trees by LightGBM: the benchmark of what could be learnt."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.declared.challengers import Boosting
from secondline.models.challengers.given import Column, Columns, Fit, Given, coded, levels_of
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats
from secondline.models.sizes import leaves

PATIENCE = 50
FIFTH = 0.2


def fit(given: Given, settings: Boosting) -> Fit:
    """Fit with early stopping on a fifth of the rows, then again on all of them for the rounds that were best.

    One thread and fixed seeds, so that a repetition gives the same trees.
    """
    lightgbm = library("lightgbm", "Fitting a boosted challenger")
    levels = {name: levels_of(values) for name, values in given.columns.items() if values.dtype == object}
    params = parameters(given, settings)
    inner, held = given.split(FIFTH)
    stopped = lightgbm.train(
        params, data(lightgbm, inner, levels), settings.rounds, valid_sets=[data(lightgbm, held, levels)],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )  # fmt: skip
    rounds = stopped.best_iteration or settings.rounds
    text = lightgbm.train(params, data(lightgbm, given, levels), rounds).model_to_string()
    model = lightgbm.Booster(model_str=text)

    def predict(columns: dict[str, Column]) -> Floats:
        numbers = matrix({name: columns[name] for name in given.features}, levels)
        return np.asarray(model.predict(numbers, num_threads=1), dtype=np.float64)

    found = leaves(text)
    facts = {
        "terms": len(given.features), "parameters": found, "size": f"{model.num_trees()} trees, {found:,} leaves",
        "trees": model.num_trees(), "monotone": given.signs,
    }  # fmt: skip
    return Fit(predict, text.encode(), facts)


def parameters(given: Given, settings: Boosting) -> dict[str, Any]:
    """Return LightGBM's parameters: fixed seeds and one thread, so that a repetition gives the same trees."""
    params = {
        "objective": "binary", "num_leaves": settings.leaves, "learning_rate": settings.rate,
        "min_data_in_leaf": settings.least_rows, "lambda_l2": settings.ridge, "bagging_fraction": settings.sample,
        "bagging_freq": 1, "feature_fraction": settings.columns, "seed": given.seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    if given.signs:
        params["monotone_constraints"] = [given.signs.get(name, 0) for name in given.features]
    return params


def data(lightgbm: Any, given: Given, levels: dict[str, tuple[str, ...]]) -> Any:
    """Return the rows as LightGBM takes them."""
    # Names are ours to keep: LightGBM refuses some characters that columns may have.
    names = [f"f{i}" for i in range(len(given.features))]
    texts = [names[i] for i, name in enumerate(given.features) if name in levels]
    return lightgbm.Dataset(
        matrix(given.columns, levels), given.label, weight=given.weight, feature_name=names,
        categorical_feature=texts, params={"verbosity": -1, "num_threads": 1},
    )  # fmt: skip


def matrix(columns: Columns, levels: dict[str, tuple[str, ...]]) -> Floats:
    """Return the columns as numbers, texts as the places of their levels."""
    return np.column_stack([_codes(v, levels[n]) if n in levels else v for n, v in columns.items()])


def _codes(values: Column, levels: tuple[str, ...]) -> Floats:
    codes = coded(values, levels).astype(np.float64)
    codes[codes > len(levels)] = np.nan
    return codes
