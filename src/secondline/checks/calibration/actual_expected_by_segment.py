"""Events are as many as expected in every segment."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.actual_expected_by_segment",
        title="Events are as many as expected in every segment",
        purpose=(
            "Actual over expected events in each level of each segment and protected attribute, with intervals that "
            "hold for all of them together (Bonferroni)."
        ),
        measure=calibration.ACTUAL_EXPECTED,
        over="segment",
        role="gate",
        requires=("score", "label"),
        sources=("Garwood 1936",),
    )
)
