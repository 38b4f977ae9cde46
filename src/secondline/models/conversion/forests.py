"""Forests: scikit-learn's trees as one ensemble, each in the precision scikit-learn compares in. Worker only.

Random forests and single trees read inputs in single precision and compare with thresholds in double; histogram-based
boosting does both in double. Their general converter rounds thresholds and leaves out where missing values go.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.conversion.drawing import Drawing
from secondline.models.conversion.trees import Ensemble

AVERAGED = frozenset(
    {"RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier", "RandomForestRegressor",
     "ExtraTreesRegressor", "DecisionTreeRegressor"}
)  # fmt: skip
BOOSTED = frozenset({"HistGradientBoostingClassifier", "HistGradientBoostingRegressor"})


def drawn(estimator: Any, features: tuple[str, ...]) -> tuple[Drawing, str] | None:
    """Return the drawing of an estimator and its score; None where it is none of these.

    Raises:
        ModelError: it splits by categories, or has more than two classes or another link than theirs.
    """
    kind = type(estimator).__name__
    if kind in AVERAGED:
        return _averaged(estimator, features)
    return _boosted(estimator, features) if kind in BOOSTED else None


def _averaged(estimator: Any, features: tuple[str, ...]) -> tuple[Drawing, str]:
    trees = getattr(estimator, "estimators_", [estimator])
    chances = hasattr(estimator, "predict_proba")
    if chances and len(estimator.classes_) != 2:  # noqa: PLR2004 - an event and its absence
        raise ModelError("it has more than two classes")
    found = Ensemble()
    for number, tree in enumerate(trees):
        _tree(found, number, tree.tree_, 0, chances=chances)
    draw = Drawing(features, np.float32)
    return draw, draw.trees(found, 0.0, average=True)


def _tree(found: Ensemble, number: int, tree: Any, node: int, *, chances: bool) -> int:
    if tree.children_left[node] < 0:
        values = tree.value[node][0]
        return found.leaf(number, float(values[1] / values.sum()) if chances else float(values[0]))
    missing = bool(tree.missing_go_to_left[node])
    at = found.add(number, int(tree.feature[node]), _below(tree.threshold[node]), "BRANCH_LEQ", missing=missing)
    yes = _tree(found, number, tree, int(tree.children_left[node]), chances=chances)
    found.join(at, yes, _tree(found, number, tree, int(tree.children_right[node]), chances=chances))
    return at


def _below(threshold: float) -> float:
    """Return the largest number of single precision that is not above a threshold: the same inputs are below both."""
    once = np.float32(threshold)
    return float(once if float(once) <= threshold else np.nextafter(once, np.float32(-np.inf)))


def _boosted(estimator: Any, features: tuple[str, ...]) -> tuple[Drawing, str]:
    # scikit-learn shows its trees nowhere else.
    loss, predictors, base = (getattr(estimator, f"_{name}") for name in ("loss", "predictors", "baseline_prediction"))
    link = type(loss.link).__name__
    if link not in {"LogitLink", "IdentityLink", "LogLink"} or any(len(one) != 1 for one in predictors):
        raise ModelError(f"its link {link} or its number of classes has no conversion")
    found = Ensemble()
    for number, (predictor,) in enumerate(predictors):
        if predictor.nodes["is_categorical"].any():
            raise ModelError("it splits by categories; only numbers are converted")
        _node(found, number, predictor.nodes, 0)
    draw = Drawing(features, np.float64)
    total = draw.trees(found, float(np.ravel(base)[0]))
    if link == "LogLink":
        return draw, draw.op("Exp", total)
    return draw, draw.sigmoid(total) if link == "LogitLink" else total


def _node(found: Ensemble, number: int, nodes: Any, place: int) -> int:
    node = nodes[place]
    if node["is_leaf"]:
        return found.leaf(number, float(node["value"]))
    missing = bool(node["missing_go_to_left"])
    at = found.add(number, int(node["feature_idx"]), float(node["num_threshold"]), "BRANCH_LEQ", missing=missing)
    yes = _node(found, number, nodes, int(node["left"]))
    found.join(at, yes, _node(found, number, nodes, int(node["right"])))
    return at
