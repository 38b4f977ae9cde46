"""Few hours pass from first fraud to first alert."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.time_to_detect",
        title="Few hours pass from first fraud to first alert",
        purpose=(
            "Median hours from the first fraud of an account to the first alert not before it, with accounts that "
            "were never alerted as censored."
        ),
        measure=fraud.TIME_TO_DETECT,
        over="population",
        role="report",
        requires=("fraud", "label", "time"),
        sources=("Kaplan and Meier (1958), JASA 53", "Brookmeyer and Crowley (1982), Biometrics 38"),
    )
)
