"""Groups are approved alike at equal controls."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.conditional_gap",
        title="Groups are approved alike at equal controls",
        purpose=(
            "The gap in approval between each protected group and the control group that remains when the "
            "controls model.yaml names are held fixed: the average marginal effect of a logistic regression, with "
            "robust errors. Read it beside the raw gap; a control that is itself a proxy explains a gap away."
        ),
        measure=fairness.CONDITIONAL_GAP,
        over="protected",
        role="report",
        requires=("decision", "protected"),
        sources=("White (1980), Econometrica 48", "Bartus (2005), Stata Journal 5"),
    )
)
