"""CatBoost's own formats: ``.cbm``, and its JSON. A categorical feature is a column of text (or of whole numbers)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, library, named

CHANCES, EXPONENTS = frozenset({"Logloss", "CrossEntropy"}), frozenset({"Poisson", "Tweedie"})


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load a model with one output: the probability of the event, or the number a regression predicts.

    A row whose category is missing has no score (NaN): CatBoost has no such category, and refuses to guess one. A
    category it never saw is scored as CatBoost scores it.
    """
    catboost = library("catboost", "Opening a CatBoost model")
    model = read(catboost.CatBoost(), content, options["path"])
    if model.get_text_feature_indices() or model.get_embedding_feature_indices():
        raise ModelError("it reads text as words or embeddings; only numbers and categories are understood")
    loss = str(model.get_all_params().get("loss_function", "")).split(":")[0]
    if loss.startswith("Multi") or len(model.classes_) > 2:  # noqa: PLR2004 - an event and its absence
        raise ModelError("it has more than one output a row; only models with one score are opened")
    # Without names in the file, CatBoost counts: "0", "1", ...
    own = [str(name) for name in model.feature_names_]
    features = named(own, options)
    texts = [features[i] for i in model.get_cat_feature_indices()]
    kind = "Probability" if loss in CHANCES else "Exponent" if loss in EXPONENTS else "RawFormulaVal"

    def pooled(columns: dict[str, Any]) -> tuple[Any, Any]:
        given = {
            name: _category(columns[name], name) if name in texts else _number(columns[name], name) for name in features
        }
        missing = _missing(given, texts)
        frame = library("pandas", "Scoring a CatBoost model").DataFrame(given)
        return catboost.Pool(frame.set_axis(own, axis=1), cat_features=model.get_cat_feature_indices()), missing

    def predict(columns: dict[str, Any]) -> Floats:
        pool, missing = pooled(columns)
        found = np.asarray(model.predict(pool, prediction_type=kind, thread_count=_threads(options)), dtype=np.float64)
        found = found[:, -1] if found.ndim > 1 else found
        return found if missing is None else np.where(missing, np.nan, found)

    facts = {"trees": int(model.tree_count_), "objective": loss, "categories": texts, "library": "catboost"}
    explain = None if texts else exact.by_catboost(model, lambda columns: pooled(columns)[0], loss)
    return Loaded(features, predict, facts, explain)


def read(model: Any, content: bytes, path: str) -> Any:
    """Read ``.cbm`` from memory, and JSON from *path*: CatBoost reads JSON from a file only; returns the model."""
    if content[:4] == b"CBM1":
        return model.load_model(blob=content)
    return model.load_model(path, format="json")


def _threads(options: Mapping[str, Any]) -> int:
    return int(options.get("threads") or os.cpu_count() or 1)


def _number(values: Any, name: str) -> Floats:
    if values.dtype == object:
        raise ModelError(f"it takes numbers, and {name!r} holds text; encode it as it was for training")
    return np.asarray(values, dtype=np.float64)


def _category(values: Any, name: str) -> Any:
    """Return categories as CatBoost spells them: text as it is, a whole number without its point."""
    if values.dtype == object:
        return values
    known = values[np.isfinite(values)]
    if np.any(known != np.trunc(known)):
        raise ModelError(f"{name!r} is a category to it, and holds numbers that are not whole; give it as text")
    return np.array([None if not np.isfinite(v) else str(int(v)) for v in values], dtype=object)


def _missing(given: dict[str, Any], texts: list[str]) -> Any:
    """Put a word in place of missing categories, in place, and return which rows had one; None when none had."""
    rows: Any = None
    for name in texts:
        empty = np.array([value is None for value in given[name]])
        if empty.any():
            given[name] = np.where(empty, "", given[name])
            rows = empty if rows is None else rows | empty
    return rows
