"""Prediction sets hold the outcome as often as promised in every segment."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import uncertainty

CHECK = register(
    Check(
        code="robustness.conformal_by_segment",
        title="Prediction sets hold the outcome as often as promised in every segment",
        purpose=(
            "The sets are calibrated on the whole reference and held to their promise in each segment of a current "
            "population. A segment whose outcomes they hold less often is one where the score is surer of itself "
            "than it should be. The intervals are simultaneous over all segments."
        ),
        measure=uncertainty.COVERAGE_BY_SEGMENT,
        over="segment",
        role="screen",
        requires=("score", "label"),
        params={"coverage": 0.9},
        sources=("Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World",),
    )
)
