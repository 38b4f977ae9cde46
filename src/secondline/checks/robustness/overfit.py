"""The score explains as much of unseen rows as of development."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import uncertainty

CHECK = register(
    Check(
        code="robustness.overfit",
        title="The score explains as much of unseen rows as of development",
        purpose=(
            "The share of the outcome's uncertainty that the score explains (McFadden's R2, from the log-loss) on "
            "the reference less that on each current population. Unlike the AUC it sees probabilities that are too "
            "sure of themselves, which is how overfitting shows first. The optimism to expect of a fitted model is "
            "stated beside it. A changed portfolio moves it too: read it with the stability results."
        ),
        measure=uncertainty.OVERFIT,
        over="comparison",
        role="gate",
        requires=("score", "label"),
        sources=("McFadden 1974", "Akaike 1973", "EBA supervisory handbook on the validation of rating systems (2023)"),
        see="discrimination.auc_drop",
    )
)
