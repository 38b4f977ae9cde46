"""The log-loss of the predictions."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.log_loss",
        title="The log-loss of the predictions",
        purpose=(
            "The mean negative log-likelihood of the outcomes, in nats, beside that of predicting the observed rate "
            "for all."
        ),
        measure=calibration.LOG_LOSS,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Good 1952",),
    )
)
