"""The level of the predictions is right."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.intercept",
        title="The level of the predictions is right",
        purpose=(
            "The intercept of the outcome on the log-odds of the prediction with the slope held at 1: 0 when right, "
            "above 0 when predictions are too low."
        ),
        measure=calibration.INTERCEPT,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("Cox 1958", "Van Calster et al. 2019"),
    )
)
