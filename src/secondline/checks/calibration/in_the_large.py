"""The mean prediction does not understate the event rate."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.in_the_large",
        title="The mean prediction does not understate the event rate",
        purpose=(
            "Jeffreys test over all rows: the chance of a rate at most the mean prediction, given the events seen. "
            "Small means that risk is understated. Value and interval are observed minus predicted. Undefined without "
            "labelled rows or when scores are no probabilities."
        ),
        measure=calibration.UNDERSTATEMENT,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.3.1",),
    )
)
