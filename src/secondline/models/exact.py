"""Exact attributions: of straight lines by their terms, of trees by the library that grew them.

Trees of LightGBM, XGBoost and CatBoost are explained path-dependently (an absent input follows the training rows down
both branches), which needs no background and can credit an input that the score does not depend on when it is
correlated with one it does. Trees of scikit-learn are explained by shap interventionally, against a background.
Sources: Lundberg et al. (2020), Nature Machine Intelligence 2, 56; Chen, Janizek, Lundberg and Lee (2020), arXiv
2006.16234.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.model import Contributions, Explain, Floats

PATHS = "trees, path-dependent"
AGAINST = "trees, interventional"
TERMS = "terms of a straight line, interventional"
ABSENT = 128
"""Rows of the background that stand for absent inputs of trees; each costs as much again."""
ALONE = 64
Given = Callable[[dict[str, Any]], Any]
"""From columns to what the model's library takes."""


def by_terms(terms: Callable[[dict[str, Any]], Floats], intercept: float, scale: str) -> Explain:
    """Return the attribution of a sum of terms: ``phi_j = t_j(x_j) - mean of t_j over the background``.

    For ``t_j = beta_j x_j`` it is ``beta_j (x_j - E x_j)``. Background rows with a missing term are left out.
    """

    def explain(columns: dict[str, Any], absent: dict[str, Any]) -> Contributions:
        mine, theirs = terms(columns), terms(absent)
        whole = theirs[np.isfinite(theirs).all(axis=1)]
        if not len(whole):
            raise ModelError("no row of the background has a score, so nothing can stand for an absent input")
        middle = whole.mean(axis=0)
        scores = intercept + mine.sum(axis=1)
        values = np.where(np.isfinite(scores)[:, np.newaxis], mine - middle, np.nan)
        return Contributions(values, intercept + float(middle.sum()), scores, scale, TERMS, len(whole))

    return Explain(explain)


def threads_for(rows: int) -> int:
    """Return how many threads to score *rows* with: few rows wait longer for a second thread than it saves."""
    return 1 if rows <= ALONE else os.cpu_count() or 1


def by_lightgbm(booster: Any, given: Given, objective: str) -> Explain | None:
    """Return LightGBM's own attribution, or None where it has none on a scale that is understood.

    *objective* is as its text writes it, such as ``binary sigmoid:1``.
    """
    name, *options = objective.split(" ")
    straight = {"regression", "regression_l1"} if not options else set[str]()
    scale = _scale(name, {"binary", "cross_entropy"}, straight)
    if scale is None or booster.num_model_per_iteration() != 1 or "is_linear=1" in booster.model_to_string():
        return None
    steep = next((float(part[8:]) for part in options if part.startswith("sigmoid:")), 1.0)

    def explain(columns: dict[str, Any], _: dict[str, Any]) -> Contributions:
        x = given(columns)
        threads = threads_for(len(x))
        found = steep * np.asarray(booster.predict(x, pred_contrib=True, num_threads=threads), dtype=np.float64)
        scores = steep * np.asarray(booster.predict(x, raw_score=True, num_threads=threads), dtype=np.float64)
        return _with_base(found, scores, scale)

    return Explain(explain, background=False)


def by_xgboost(booster: Any, given: Given, objective: str, kind: str) -> Explain | None:
    """Return XGBoost's own attribution; *given* makes its matrix and *kind* is its booster, such as ``gbtree``."""
    scale = _scale(objective, {"binary:logistic", "reg:logistic"}, {"reg:squarederror", "reg:absoluteerror"})
    if scale is None or kind not in {"gbtree", "gblinear"}:
        return None

    def explain(columns: dict[str, Any], _: dict[str, Any]) -> Contributions:
        data = given(columns)
        found = np.asarray(booster.predict(data, pred_contribs=True), dtype=np.float64)
        scores = np.asarray(booster.predict(data, output_margin=True), dtype=np.float64)
        return _with_base(found, scores, scale)

    return Explain(explain, background=False)


def by_catboost(model: Any, given: Given, objective: str) -> Explain | None:
    """Return CatBoost's own attribution; *given* makes its pool and *objective* is its loss, such as ``Logloss``."""
    scale = _scale(objective, {"Logloss", "CrossEntropy"}, {"RMSE", "MAE"})
    if scale is None:
        return None

    def explain(columns: dict[str, Any], _: dict[str, Any]) -> Contributions:
        pool = given(columns)
        found = np.asarray(model.get_feature_importance(pool, type="ShapValues"), dtype=np.float64)
        scores = np.asarray(model.predict(pool, prediction_type="RawFormulaVal"), dtype=np.float64)
        return _with_base(found, scores, scale)

    return Explain(explain, background=False)


def by_shap(trees: Any, given: Given, score: Callable[[Any], Floats], scale: str) -> Explain | None:
    """Return shap's interventional attribution of scikit-learn's trees, or None where shap is not installed."""
    if find_spec("shap") is None:
        return None

    def explain(columns: dict[str, Any], absent: dict[str, Any]) -> Contributions:
        few = np.asarray(given({name: values[:ABSENT] for name, values in absent.items()}), dtype=np.float64)
        x = np.asarray(given(columns), dtype=np.float64)
        explainer = import_module("shap").TreeExplainer(trees, few, feature_perturbation="interventional")
        found = np.asarray(explainer.shap_values(x, check_additivity=False), dtype=np.float64)
        values = found[..., 1] if found.ndim == 3 else found  # noqa: PLR2004 - rows, inputs, classes
        base = float(np.ravel(explainer.expected_value)[-1])
        return Contributions(values, base, score(columns), scale, AGAINST, len(few))

    return Explain(explain)


def straightened(explain: Explain, intercept: float, slope: float) -> Explain:
    """Return the attribution of ``intercept + slope * log-odds``: the same contributions, *slope* times as large.

    Contributions to a probability or a score do not survive a line in log-odds, so that they are refused.
    """

    def recalibrated(columns: dict[str, Any], absent: dict[str, Any]) -> Contributions:
        found = explain(columns, absent)
        if found.scale != "log-odds":
            raise ModelError(f"its contributions are to a {found.scale} and cannot follow a line in log-odds")
        return replace(
            found,
            values=slope * found.values,
            base=intercept + slope * found.base,
            scores=intercept + slope * found.scores,
        )

    return Explain(recalibrated, explain.background)


def _scale(objective: str, logistic: set[str], straight: set[str]) -> str | None:
    return "log-odds" if objective in logistic else "score" if objective in straight else None


def _with_base(found: Floats, scores: Floats, scale: str) -> Contributions:
    base = float(found[0, -1]) if len(found) else 0.0
    return Contributions(found[:, :-1], base, scores, scale, PATHS)
