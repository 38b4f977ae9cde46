"""Approval rates differ no more between groups than chance explains."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.homogeneity",
        title="Approval rates differ no more between groups than chance explains",
        purpose=(
            "Whether all groups of a protected column are approved at one rate, in a single test over all of "
            "them, and how far their rates spread beyond what chance gives. A worst ratio grows with the number "
            "of groups; this number does not."
        ),
        measure=fairness.HOMOGENEITY,
        over="protected",
        role="report",
        requires=("decision", "protected"),
        sources=(
            "Lum, Zhang and Bower (2022), De-biasing bias measurement",
            "Agresti (2013), Categorical Data Analysis, 3.2",
        ),
    )
)
