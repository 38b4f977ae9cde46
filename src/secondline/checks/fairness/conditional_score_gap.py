"""Groups score alike at equal controls."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.conditional_score_gap",
        title="Groups score alike at equal controls",
        purpose=(
            "The gap in score between each protected group and the control group that remains when the controls "
            "model.yaml names are held fixed, in standard deviations of the score, by linear regression with "
            "robust errors. It needs no cut-off."
        ),
        measure=fairness.CONDITIONAL_SCORE,
        over="protected",
        role="report",
        requires=("protected", "score"),
        sources=("White (1980), Econometrica 48",),
    )
)
