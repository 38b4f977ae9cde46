"""A model that is already an object in this process: a callable, or an estimator in scikit-learn's manner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import ModelError
from secondline.models.estimators import explains
from secondline.models.model import Floats, Model, matrix


def wrapped(model: Any, features: Sequence[str] | None = None) -> Model:
    """Return *model* as a Model.

    A callable takes a mapping of columns (numbers with NaN for missing, text as objects) and returns one score a row.
    An estimator has ``predict_proba`` (the second class is the event) or ``predict``, and gets a matrix of numbers in
    the order of *features*, which default to its own ``feature_names_in_``. It is the caller's own object, so it runs
    here, unconfined.

    Raises:
        ModelError: it is neither, or its features are not known.
    """
    if isinstance(model, Model):
        return model
    own = features or getattr(model, "feature_names_in_", None)
    if own is None:
        raise ModelError("The model does not name its features. Give them: model_features=['age', 'income'].")
    names = tuple(str(name) for name in own)
    called = type(model).__name__ if not hasattr(model, "__name__") else model.__name__
    explain = explains(model, lambda columns: _given(model, columns, names))
    return Model(called, "python", names, _runner(model, names), explain=explain)


def _runner(model: Any, names: tuple[str, ...]) -> Any:
    if hasattr(model, "predict_proba"):
        return lambda columns: _second(model.predict_proba(_given(model, columns, names)))
    if hasattr(model, "predict"):
        return lambda columns: np.asarray(model.predict(_given(model, columns, names)), dtype=np.float64)
    if callable(model):
        return lambda columns: np.asarray(model(columns), dtype=np.float64)
    raise ModelError(f"A {type(model).__name__} is neither a function of columns nor an estimator with predict_proba.")


def _given(model: Any, columns: dict[str, npt.NDArray[Any]], names: tuple[str, ...]) -> Any:
    if getattr(model, "feature_names_in_", None) is None:
        return matrix(columns, names)
    from importlib import import_module

    return import_module("pandas").DataFrame({name: columns[name] for name in names})


def _second(chances: Any) -> Floats:
    return np.asarray(chances, dtype=np.float64)[:, 1]
