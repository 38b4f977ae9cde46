"""Groups pay alike."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.pricing_gap",
        title="Groups pay alike",
        purpose=(
            "The difference in mean price (or amount granted) between each protected group and the control group, "
            "in basis points where the price is a rate. The worst is quoted, with an interval that holds for all "
            "groups at once. It asks of the rows that have a price."
        ),
        measure=fairness.PRICING_GAP,
        over="protected",
        role="report",
        requires=("protected",),
        sources=("Welch (1947), Biometrika 34",),
    )
)
