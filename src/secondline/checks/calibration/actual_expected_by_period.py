"""Events are as many as expected in every month."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.actual_expected_by_period",
        title="Events are as many as expected in every month",
        purpose=(
            "Actual over expected events in each calendar month, with intervals that hold for all of them together "
            "(Bonferroni)."
        ),
        measure=calibration.ACTUAL_EXPECTED,
        over="period",
        role="gate",
        requires=("score", "label", "time"),
        sources=("Garwood 1936",),
    )
)
