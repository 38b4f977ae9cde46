"""Predicted and observed rates are near each other."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.ece",
        title="Predicted and observed rates are near each other",
        purpose=(
            "The mean distance of predicted and observed rates over ten bands of equal weight. Noise alone makes it "
            "positive: that expectation is stated and the interval takes it off."
        ),
        measure=calibration.ECE,
        over="population",
        role="gate",
        requires=("score", "label"),
        params={"bins": 10},
        sources=("Naeini, Cooper and Hauskrecht 2015", "Roelofs et al. 2022"),
    )
)
