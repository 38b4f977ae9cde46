"""A scorecard as data: features cut into attributes, each with its weight of evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, named


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load ``{"intercept", "coefficients": {feature: beta}, "attributes": [{feature, low, high, woe}]}``.

    The score is the probability ``1 / (1 + exp(-(intercept + sum of beta * woe)))``. An attribute holds values from
    ``low`` up to but not including ``high`` (null where open); one with ``"missing": true`` holds missing values, and
    without it a missing value has no score (NaN).
    """
    card = json.loads(content)
    intercept, pairs_of = pieces(card)
    betas = {str(name): beta for name, (beta, _) in zip(card["coefficients"], pairs_of, strict=True)}
    parts = {name: part for name, (_, part) in zip(betas, pairs_of, strict=True)}
    features = named(list(betas), options)

    def terms(columns: dict[str, Any]) -> Floats:
        pairs = zip(features, betas.items(), strict=True)
        return np.column_stack(
            [beta * _woe(np.asarray(columns[f], dtype=np.float64), *parts[name]) for f, (name, beta) in pairs]
        )

    def predict(columns: dict[str, Any]) -> Floats:
        total: Any = intercept
        for term in terms(columns).T:
            total = total + term
        return np.asarray(1.0 / (1.0 + np.exp(-total)))

    facts = {"attributes": len(card["attributes"]), "terms": len(betas)}
    return Loaded(features, predict, facts, exact.by_terms(terms, intercept, "log-odds"))


def pieces(card: Any) -> tuple[float, list[tuple[float, tuple[Floats, Floats, float]]]]:
    """Return the constant, and for each feature its coefficient, cuts, weights of evidence and that of missing values.

    Raises:
        ModelError: the scorecard lacks a part, or its attributes leave a gap or overlap.
    """
    try:
        found = [(float(beta), _attributes(card["attributes"], str(n))) for n, beta in card["coefficients"].items()]
        return float(card["intercept"]), found
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the scorecard lacks or garbles {error}") from error


def _attributes(lines: list[dict[str, Any]], name: str) -> tuple[Floats, Floats, float]:
    """Return the cuts, the weights between them and the weight of a missing value."""
    mine = [line for line in lines if line["feature"] == name]
    missing = [float(line["woe"]) for line in mine if line.get("missing")]
    ordered = sorted(
        (line for line in mine if not line.get("missing")), key=lambda a: -np.inf if a["low"] is None else a["low"]
    )
    if not ordered:
        raise ModelError(f"the scorecard has no attributes for {name!r}")
    for left, right in pairwise(ordered):
        if left["high"] != right["low"]:
            raise ModelError(f"the attributes of {name!r} leave a gap or overlap at {left['high']} and {right['low']}")
    cuts = np.array([float(line["low"]) for line in ordered[1:]])
    return cuts, np.array([float(line["woe"]) for line in ordered]), missing[0] if missing else np.nan


def _woe(values: Floats, cuts: Floats, weights: Floats, missing: float) -> Floats:
    found = weights[np.searchsorted(cuts, values, side="right")]
    return np.where(np.isnan(values), missing, found)
