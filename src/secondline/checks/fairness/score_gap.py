"""Groups score alike."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.score_gap",
        title="Groups score alike",
        purpose=(
            "The standardised mean difference of the score between each protected group and the control group, "
            "positive where the group scores riskier. The highest is quoted, with an interval that holds for all "
            "groups at once. It needs no cut-off, so it stays when cut-offs move."
        ),
        measure=fairness.SCORE_GAP,
        over="protected",
        role="report",
        requires=("protected", "score"),
        sources=("Hedges and Olkin (1985), Statistical Methods for Meta-Analysis",),
    )
)
