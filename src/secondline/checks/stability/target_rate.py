"""The event rate is stable."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.target_rate",
        title="The event rate is stable",
        purpose=(
            "The change of the event rate with Newcombe's interval. A change is a fact about the population: read "
            "calibration beside it."
        ),
        measure=stability.TARGET_RATE,
        over="comparison",
        role="report",
        requires=("score", "label"),
        sources=("Newcombe 1998",),
    )
)
