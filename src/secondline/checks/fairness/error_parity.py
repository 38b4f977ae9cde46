"""Defaults are caught, and declines are right, alike in every group."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.error_parity",
        title="Defaults are caught, and declines are right, alike in every group",
        purpose=(
            "The largest gap between a protected group and the control group in true positives (the share "
            "declined of those who default) or in precision (the share who default of those declined). With false "
            "declines it makes equalised odds. Where event rates differ, not all rates can be equal at once."
        ),
        measure=fairness.ERROR_PARITY,
        over="protected",
        role="report",
        requires=("decision", "protected", "label"),
        sources=(
            "Hardt, Price and Srebro (2016), Equality of Opportunity in Supervised Learning",
            "Chouldechova (2017), Big Data 5",
        ),
    )
)
