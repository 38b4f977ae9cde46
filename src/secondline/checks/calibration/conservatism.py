"""No grade overstates its event rate."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.conservatism",
        title="No grade overstates its event rate",
        purpose=(
            "The other tail of the Jeffreys test, grade by grade, with the false discovery rate controlled. "
            "Overstated risk prices customers out; it is not a safety margin by itself."
        ),
        measure=calibration.OVERSTATEMENT,
        over="band",
        role="screen",
        requires=("score", "label"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.3.1",),
    )
)
