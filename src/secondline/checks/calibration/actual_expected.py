"""Events are as many as expected."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.actual_expected",
        title="Events are as many as expected",
        purpose="Actual over expected events with Garwood's exact interval: above 1 the predictions are too low.",
        measure=calibration.ACTUAL_EXPECTED,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("Garwood 1936",),
    )
)
