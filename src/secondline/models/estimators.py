"""Estimators in scikit-learn's manner: which of them can be explained exactly, and how."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from secondline.models import exact
from secondline.models.exact import Given
from secondline.models.model import Explain, Floats

COLUMN_BY_COLUMN = frozenset(
    {"StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "PowerTransformer", "QuantileTransformer",
     "SimpleImputer", "FunctionTransformer"}
)  # fmt: skip
"""Transformations whose output column j depends on input column j alone, so that contributions keep their names."""
STRAIGHT = frozenset({"LinearRegression", "Ridge", "Lasso", "ElasticNet", "BayesianRidge", "HuberRegressor"})
FORESTS = frozenset({"RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier"})
# shap sends some rows of histogram trees down another branch than scikit-learn does, so that those are sampled.
BOOSTED = frozenset({"GradientBoostingClassifier"})
REGRESSORS = frozenset(
    {"RandomForestRegressor", "ExtraTreesRegressor", "DecisionTreeRegressor", "GradientBoostingRegressor"}
)  # fmt: skip


def explains(estimator: Any, given: Given) -> Explain | None:
    """Return the exact attribution of an estimator, or None where there is none: it is then sampled.

    *given* makes of columns what the estimator takes, in the order of its inputs.
    """
    steps = getattr(estimator, "steps", None)
    if steps is None:
        return _explains(estimator, given)
    *before, (_, last) = steps
    parts = [part for _, part in before if part is not None and part != "passthrough"]
    if not all(type(part).__name__ in COLUMN_BY_COLUMN and _same_width(part) for part in parts):
        return None

    def transformed(columns: dict[str, Any]) -> Any:
        found = given(columns)
        for part in parts:
            found = part.transform(found)
        return found

    return _explains(last, transformed)


def _same_width(part: Any) -> bool:
    """Whether a transformation neither drops nor adds columns; one made of a function may, and is not asked."""
    if type(part).__name__ == "FunctionTransformer":
        return part.func is None
    if type(part).__name__ == "SimpleImputer":
        return not part.add_indicator and not np.isnan(np.asarray(part.statistics_, dtype=np.float64)).any()
    return True


def _explains(estimator: Any, given: Given) -> Explain | None:
    kind = type(estimator).__name__
    root = type(estimator).__module__.split(".")[0]
    if root == "lightgbm":
        booster = estimator.booster_
        return exact.by_lightgbm(booster, given, str(booster.dump_model(num_iteration=1)["objective"]))
    if root == "xgboost":
        return _xgboost(estimator, given)
    if root == "catboost":
        return _catboost(estimator, given)
    if root != "sklearn":
        return None
    return _linear(estimator, kind, given) or _trees(estimator, kind, given)


def _catboost(estimator: Any, given: Given) -> Explain | None:
    library = import_module("catboost")
    groups = estimator.get_cat_feature_indices()
    objective = str(estimator.get_all_params().get("loss_function"))
    return exact.by_catboost(estimator, lambda columns: library.Pool(given(columns), cat_features=groups), objective)


def _xgboost(estimator: Any, given: Given) -> Explain | None:
    library = import_module("xgboost")
    kind = str(estimator.booster or "gbtree")
    return exact.by_xgboost(
        estimator.get_booster(), lambda columns: library.DMatrix(given(columns)), str(estimator.objective), kind
    )


def _linear(estimator: Any, kind: str, given: Given) -> Explain | None:
    logistic = kind == "LogisticRegression" or (kind == "SGDClassifier" and estimator.loss == "log_loss")
    outputs = np.size(getattr(estimator, "intercept_", ())) or 1
    if not (logistic or kind in STRAIGHT) or outputs != 1:
        return None
    beta = np.ravel(np.asarray(estimator.coef_, dtype=np.float64))
    return exact.by_terms(
        lambda columns: beta * np.asarray(given(columns), dtype=np.float64),
        float(np.ravel(estimator.intercept_)[0]),
        "log-odds" if logistic else "score",
    )


def _trees(estimator: Any, kind: str, given: Given) -> Explain | None:
    if getattr(estimator, "is_categorical_", None) is not None or len(getattr(estimator, "classes_", (0, 1))) > 2:  # noqa: PLR2004 - an event and its absence
        return None
    if kind in FORESTS:
        return exact.by_shap(estimator, given, lambda c: _second(estimator.predict_proba(given(c))), "probability")
    if kind in BOOSTED and getattr(estimator, "loss", "") == "log_loss":
        return exact.by_shap(estimator, given, lambda c: _flat(estimator.decision_function(given(c))), "log-odds")
    if kind in REGRESSORS and getattr(estimator, "loss", "squared_error") == "squared_error":
        return exact.by_shap(estimator, given, lambda c: _flat(estimator.predict(given(c))), "score")
    return None


def _second(chances: Any) -> Floats:
    return np.asarray(chances, dtype=np.float64)[:, 1]


def _flat(found: Any) -> Floats:
    return np.ravel(np.asarray(found, dtype=np.float64))
