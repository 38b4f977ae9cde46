"""Logistic regression with a ridge: the benchmark everybody can read."""

from __future__ import annotations

import json

import numpy as np

from secondline.core.declared.challengers import Logistic
from secondline.models.challengers.design import Design
from secondline.models.challengers.given import Column, Fit, Given, sigmoid
from secondline.models.challengers.libraries import library
from secondline.models.model import Floats


def coefficients(matrix: Floats, label: Floats, weight: Floats, ridge: float) -> tuple[float, Floats]:
    """Return intercept and coefficients that minimise the weighted log-loss plus ``ridge / 2 |beta|^2``.

    The intercept is not penalised. Newton's method, so that a repetition gives the same digits.
    """
    if not matrix.shape[1]:
        rate = float(np.average(label, weights=weight))
        return float(np.log(rate) - np.log1p(-rate)), np.empty(0)
    kind = library("sklearn.linear_model", "Fitting a logistic challenger")
    model = kind.LogisticRegression(C=1.0 / ridge, solver="newton-cholesky", tol=1e-8, max_iter=200)
    model.fit(matrix, label, sample_weight=weight)
    return float(model.intercept_[0]), np.asarray(model.coef_[0], dtype=np.float64)


def fit(given: Given, settings: Logistic) -> Fit:
    """Fit on standardised numbers, flags of missing values and one column a text value."""
    design = Design.of(given)
    intercept, beta = coefficients(design.matrix(given.columns), given.label, given.weight, settings.ridge)

    def predict(columns: dict[str, Column]) -> Floats:
        return sigmoid(intercept + design.matrix(columns) @ beta)

    terms = dict(zip(design.terms, beta.tolist(), strict=True))
    content = json.dumps({"intercept": intercept, "terms": terms, "design": repr(design)})
    facts = {
        "terms": len(given.features), "parameters": len(beta) + 1, "size": f"{len(beta)} coefficients",
        "intercept": intercept, "coefficients": terms,
    }  # fmt: skip
    return Fit(predict, content.encode(), facts)
