"""What is lost when an input goes missing."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.missingness",
        title="What is lost when an input goes missing",
        purpose=(
            "One input after another is taken away, as when a feed fails: from every row, and from a random fifth of "
            "them. The AUC lost on the same rows with DeLong's paired interval, and the change of the mean score. A "
            "model that gives no score without the input answers not applicable and says so."
        ),
        measure=robustness.MISSINGNESS,
        over="input",
        role="report",
        requires=("artefact", "score", "label"),
        params={"share": 0.2},
        sources=("SR 26-2, sensitivity analysis", "PRA SS1/23, principle 3.3"),
    )
)
