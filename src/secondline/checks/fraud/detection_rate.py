"""Frauds are alerted."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.detection_rate",
        title="Frauds are alerted",
        purpose=(
            "Frauds that were alerted over all known frauds, by transaction, at the operating point. It says how "
            "often the model sees fraud, whatever the amount; read it beside detection by account and by value."
        ),
        measure=fraud.DETECTION_RATE,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
