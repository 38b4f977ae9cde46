"""What the choice between the two is worth in money."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.value",
        title="What the choice between the two is worth in money",
        purpose=(
            "Both models approve the same share of rows; approved rows lose the declared loss given default on their "
            "exposure when the event occurs and earn the declared margin when not. The champion's money less the "
            "challenger's over the population, with an interval from a bootstrap of rows in which the cut-offs are "
            "found again."
        ),
        measure=challenge.VALUE,
        over="challenger",
        role="report",
        requires=("challengers", "score", "label", "exposure"),
        params={"rate": None},
        sources=("Hand (2009), Machine Learning 77", "Efron and Tibshirani (1993)"),
    )
)
