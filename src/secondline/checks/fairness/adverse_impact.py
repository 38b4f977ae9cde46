"""Groups are approved at similar rates."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.adverse_impact",
        title="Groups are approved at similar rates",
        purpose=(
            "The approval rate of each protected group over that of the control group (the adverse impact ratio), "
            "by the decision rule of model.yaml. The lowest ratio is quoted, with an interval that holds for all "
            "groups at once. It measures; whether a disparity is unlawful depends on jurisdiction and "
            "justification, and no limit is set unless a pack sets one."
        ),
        measure=fairness.ADVERSE_IMPACT,
        over="protected",
        role="report",
        requires=("decision", "protected"),
        sources=("29 CFR 1607.4(D), by analogy", "Katz et al. (1978), Biometrics 34"),
    )
)
