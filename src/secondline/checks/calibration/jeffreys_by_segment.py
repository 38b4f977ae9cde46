"""No segment understates its event rate."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.jeffreys_by_segment",
        title="No segment understates its event rate",
        purpose=(
            "The Jeffreys test in each level of each segment and protected attribute, with Holm's control over all of "
            "them."
        ),
        measure=calibration.UNDERSTATEMENT,
        over="segment",
        role="gate",
        requires=("score", "label"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.3.1",),
    )
)
