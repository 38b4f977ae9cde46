"""skops: scikit-learn without pickle. Types beyond scikit-learn's own are trusted only where model.yaml names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models.estimators import explains
from secondline.models.loaders import Floats, Loaded, library, named
from secondline.models.model import matrix


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load an estimator that gives probabilities, or a score."""
    io = library("skops.io", "Opening a skops model")
    trusted = list(options.get("trusted") or ())
    unknown = sorted(set(io.get_untrusted_types(data=content)) - set(trusted))
    if unknown:
        raise ModelError(
            f"it holds types that nobody has vouched for: {', '.join(unknown[:8])}. Read their source, and list under "
            "`artefact: trusted:` those that you trust"
        )
    estimator = io.loads(content, trusted=trusted)
    own = getattr(estimator, "feature_names_in_", None)
    features = named(None if own is None else [str(name) for name in own], options)

    def given(columns: dict[str, Any]) -> Any:
        return matrix(columns, features) if own is None else _frame(columns, features, own)

    def predict(columns: dict[str, Any]) -> Floats:
        if hasattr(estimator, "predict_proba"):
            return np.asarray(estimator.predict_proba(given(columns))[:, 1], dtype=np.float64)
        return np.asarray(estimator.predict(given(columns)), dtype=np.float64)

    facts = {"library": "scikit-learn", "estimator": type(estimator).__name__}
    return Loaded(features, predict, facts, explains(estimator, given))


def _frame(columns: dict[str, Any], features: tuple[str, ...], own: Any) -> Any:
    pandas = library("pandas", "Scoring a model that names its columns")
    return pandas.DataFrame({str(n): columns[f] for n, f in zip(own, features, strict=True)})
