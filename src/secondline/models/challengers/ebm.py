"""An explainable boosting machine: one curve a feature, added up. Nori et al. (2019); Lou et al. (2013)."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

from secondline.core.declared.challengers import Ebm
from secondline.models.challengers.given import MISSING, OTHER, Column, Columns, Fit, Given, coded, levels_of
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats


def fit(given: Given, settings: Ebm) -> Fit:
    """Fit with interpret's ExplainableBoostingClassifier, on one thread, its rounds bounded."""
    levels = {name: levels_of(values) for name, values in given.columns.items() if values.dtype == object}
    model = library("interpret.glassbox", "Fitting an explainable boosting machine").ExplainableBoostingClassifier(
        feature_names=list(given.features),
        feature_types=["nominal" if name in levels else "continuous" for name in given.features],
        max_bins=settings.bins,
        interactions=settings.interactions,
        outer_bags=settings.bags,
        learning_rate=settings.rate,
        max_rounds=settings.rounds,
        monotone_constraints=[given.signs.get(name, 0) for name in given.features] if given.signs else None,
        random_state=given.seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # What missing values do is not on interpret's own pictures; it is in our facts.
        warnings.filterwarnings("ignore", message="Missing values detected")
        model.fit(_table(given.columns, levels), given.label.astype(np.int64), sample_weight=given.weight)

    def predict(columns: dict[str, Column]) -> Floats:
        return np.asarray(model.predict_proba(_table(columns, levels))[:, 1], dtype=np.float64)

    return Fit(predict, _content(model), _facts(given, model))


def _table(columns: Columns, levels: dict[str, tuple[str, ...]]) -> Any:
    """Return a mapping of columns: numbers as they are, texts with rare ones as other and missing ones named."""
    return {
        name: np.array([*levels[name], OTHER, MISSING], dtype=object)[coded(values, levels[name])]
        if name in levels else values
        for name, values in columns.items()
    }  # fmt: skip


def _content(model: Any) -> bytes:
    learnt = {
        "intercept": [float(value) for value in np.atleast_1d(model.intercept_)],
        "terms": {name: scores.tolist() for name, scores in zip(model.term_names_, model.term_scores_, strict=True)},
        "bins": [[_plain(bins) for bins in each] for each in model.bins_],
    }
    return json.dumps(learnt, sort_keys=True).encode()


def _plain(bins: Any) -> Any:
    return {str(k): int(v) for k, v in bins.items()} if isinstance(bins, dict) else np.asarray(bins).tolist()


def _facts(given: Given, model: Any) -> dict[str, Any]:
    sizes = [int(scores.size) for scores in model.term_scores_]
    pairs = sum(len(features) > 1 for features in model.term_features_)
    curves = len(sizes) - pairs
    return {
        "terms": len(sizes), "parameters": sum(sizes) + 1, "monotone": given.signs,
        "size": f"{curves} curves" + (f", {pairs} surfaces of two features" if pairs else ""),
        "shapes": sorted(_shapes(model), key=lambda shape: (-shape["importance"], shape["feature"])),
    }  # fmt: skip


def _shapes(model: Any) -> list[dict[str, Any]]:
    """Return the curve of each feature alone: edges of its bins (or its texts) and its part in the log-odds."""
    shapes: list[dict[str, Any]] = []
    for features, scores, weight in zip(
        model.term_features_, model.term_scores_, model.term_importances(), strict=True
    ):
        if len(features) > 1:
            continue
        name, bins = model.feature_names_in_[features[0]], model.bins_[features[0]][0]
        inner = [float(score) for score in scores[1:-1]]  # the first is of missing and the last of unseen values
        shape: dict[str, Any] = {"feature": str(name), "importance": float(weight), "log-odds": inner}
        shape["missing"] = float(scores[0])
        if isinstance(bins, dict):
            shape["at"] = [str(level) for level, _ in sorted(bins.items(), key=lambda pair: pair[1])]
        else:
            low, high = model.feature_bounds_[features[0]]
            shape["edges"] = [float(low), *(float(edge) for edge in bins), float(high)]
        shapes.append(shape)
    return shapes
