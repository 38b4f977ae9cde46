"""Where the two disagree, the champion approves the better risks."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.swap_sets",
        title="Where the two disagree, the champion approves the better risks",
        purpose=(
            "At the champion's rate of approval (by the decision rule of model.yaml, or the parameter rate), some "
            "rows are approved by one model only. The event rate of those only the challenger approves less that of "
            "those only the champion approves, with Newcombe's interval: positive when the champion chooses better."
        ),
        measure=challenge.SWAP_SETS,
        over="challenger",
        role="report",
        requires=("challengers", "score", "label"),
        params={"rate": None},
        sources=("Thomas, Crook and Edelman (2017), Credit Scoring and Its Applications", "Newcombe (1998)"),
    )
)
