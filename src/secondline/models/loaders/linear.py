"""A table of coefficients as data: ``{"intercept": -2.1, "coefficients": {"age": 0.03}, "link": "logit"}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, named

LINKS = ("logit", "identity")


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load coefficients; ``link`` is ``logit`` (a probability, the default) or ``identity``."""
    table = json.loads(content)
    coefficients = table.get("coefficients") if isinstance(table, dict) else None
    if not isinstance(coefficients, dict) or not coefficients:
        raise ModelError("the JSON holds no `coefficients`, so it is not a table of coefficients")
    link = table.get("link", "logit")
    if link not in LINKS:
        raise ModelError(f"its link is {link!r}; known are {' and '.join(LINKS)}")
    beta = np.array([float(value) for value in coefficients.values()])
    intercept = float(table.get("intercept", 0.0))
    features = named([str(name) for name in coefficients], options)

    def terms(columns: dict[str, Any]) -> Floats:
        parts = [b * np.asarray(columns[n], dtype=np.float64) for b, n in zip(beta, features, strict=True)]
        return np.column_stack(parts)

    def predict(columns: dict[str, Any]) -> Floats:
        total = intercept + sum(terms(columns).T)
        return np.asarray(1.0 / (1.0 + np.exp(-total)) if link == "logit" else total)

    explain = exact.by_terms(terms, intercept, "log-odds" if link == "logit" else "score")
    return Loaded(features, predict, {"link": link, "terms": len(beta)}, explain)
