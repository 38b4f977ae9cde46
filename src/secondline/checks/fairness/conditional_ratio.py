"""Groups are approved at similar rates within strata."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.conditional_ratio",
        title="Groups are approved at similar rates within strata",
        purpose=(
            "The adverse impact ratio pooled over strata such as product or region (Mantel and Haenszel), so that "
            "a group that applies where everyone is declined more often is not compared with one that does not. "
            "Whether one number speaks for all strata is tested beside it."
        ),
        measure=fairness.CONDITIONAL_RATIO,
        over="protected",
        role="report",
        requires=("decision", "protected"),
        sources=("Mantel and Haenszel (1959), JNCI 22", "Greenland and Robins (1985), Biometrics 41"),
    )
)
