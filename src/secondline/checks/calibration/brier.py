"""The Brier score and what it is made of."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.brier",
        title="The Brier score and what it is made of",
        purpose=(
            "The mean squared distance of prediction and outcome, split into reliability, resolution and uncertainty "
            "(Murphy) and into miscalibration and discrimination (CORP)."
        ),
        measure=calibration.BRIER,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Brier 1950", "Murphy 1973", "Dimitriadis, Gneiting and Jordan 2021"),
    )
)
