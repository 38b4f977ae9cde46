"""The value of fraud is alerted."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.value_detection",
        title="The value of fraud is alerted",
        purpose=(
            "Amount of the frauds that were alerted over the amount of all known frauds, at the operating point. "
            "Intervals are by account: one large fraud counts once."
        ),
        measure=fraud.VALUE_DETECTION,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling", "Korn and Graubard (1998), Survey Methodology 24"),
    )
)
