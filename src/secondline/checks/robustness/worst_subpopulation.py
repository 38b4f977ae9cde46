"""What the worst-served fifth of the rows loses."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.worst_subpopulation",
        title="What the worst-served fifth of the rows loses",
        purpose=(
            "The mean log loss of the fifth of the rows whose columns foretell the highest loss, by cross-fitted "
            "regression, so that no row ranks itself: the conditional value at risk of the conditional loss. With "
            "the curve from half of the rows to a twentieth, what the probabilities themselves promise of the "
            "same rows, and who they are in words."
        ),
        measure=robustness.WORST_SUBPOPULATION,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Subbaswamy, Adams and Saria (2021), AISTATS", "Li, Namkoong and Xia (2021), NeurIPS 34"),
    )
)
