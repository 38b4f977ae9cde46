"""No grade understates its event rate."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.jeffreys",
        title="No grade understates its event rate",
        purpose=(
            "The Jeffreys test in each grade, or in each score band where no grade is named, with Holm's control over "
            "all of them."
        ),
        measure=calibration.UNDERSTATEMENT,
        over="band",
        role="gate",
        requires=("score", "label"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.3.1",),
    )
)
