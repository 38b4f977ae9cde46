"""A score means the same risk in every group."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.calibration_parity",
        title="A score means the same risk in every group",
        purpose=(
            "Observed over expected events of each protected group, over the same of the control group, with an "
            "exact test. Above 1 the group defaults more than its scores say, compared with the control; below 1 "
            "it is priced or declined for risk it does not have."
        ),
        measure=fairness.CALIBRATION_PARITY,
        over="protected",
        role="report",
        requires=("protected", "label"),
        sources=("Przyborowski and Wilenski (1940), Biometrika 31", "Cox (1958), Biometrika 45"),
    )
)
