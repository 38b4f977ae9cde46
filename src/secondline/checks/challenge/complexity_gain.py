"""The champion's complexity is paid for."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.complexity_gain",
        title="The champion's complexity is paid for",
        purpose=(
            "The champion's lead in AUC over the best of the challengers that a person can read whole (logistic "
            "regression, scorecard, explainable boosting machine), with an interval that holds whichever of them is "
            "best, beside the size of every model. Complexity that gains less than the agreed margin is not paid for."
            " Not applicable when the champion is itself readable."
        ),
        measure=challenge.COMPLEXITY_GAIN,
        over="comparison",
        role="gate",
        requires=("challengers", "score", "label"),
        sources=("ECB guide to internal models (2025), machine learning", "DeLong, DeLong and Clarke-Pearson (1988)"),
    )
)
