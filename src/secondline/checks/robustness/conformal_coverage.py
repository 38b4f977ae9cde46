"""Prediction sets hold the outcome as often as promised."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import uncertainty

CHECK = register(
    Check(
        code="robustness.conformal_coverage",
        title="Prediction sets hold the outcome as often as promised",
        purpose=(
            "Sets calibrated on the reference promise to hold the outcome of nine events in ten, and of nine "
            "non-events in ten, whatever the model, as long as new rows are like the reference's. Coverage below the "
            "promise shows that they are not, or that development rows flatter the model. Many sets that hold both "
            "outcomes show where the score does not tell. For another promise set the parameter coverage, and the "
            "limit with it."
        ),
        measure=uncertainty.COVERAGE,
        over="comparison",
        role="screen",
        requires=("score", "label"),
        params={"coverage": 0.9},
        sources=("Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World", "Vovk 2012, ACML"),
    )
)
