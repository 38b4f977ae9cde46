"""The spread of the predictions is right."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.slope",
        title="The spread of the predictions is right",
        purpose=(
            "The slope of the outcome on the log-odds of the prediction: 1 when right, below 1 when predictions are "
            "too extreme, above 1 when too timid. Sandwich standard errors."
        ),
        measure=calibration.SLOPE,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("Cox 1958", "Van Calster et al. 2019"),
    )
)
