"""Groups pay alike at equal controls."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.conditional_pricing_gap",
        title="Groups pay alike at equal controls",
        purpose=(
            "The difference in price between each protected group and the control group that remains when the "
            "controls model.yaml names are held fixed, by linear regression with robust errors. What risk, term "
            "and amount explain is no disparity in price."
        ),
        measure=fairness.CONDITIONAL_PRICING,
        over="protected",
        role="report",
        requires=("protected",),
        sources=("White (1980), Econometrica 48",),
    )
)
