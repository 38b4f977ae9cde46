"""The score ranks in every month."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.auc_by_period",
        title="The score ranks in every month",
        purpose=(
            "The area under the ROC curve month by month, with simultaneous intervals: a slow loss of power shows "
            "here first."
        ),
        measure=discrimination.AUC,
        over="period",
        role="gate",
        requires=("score", "label", "time"),
        sources=("DeLong, DeLong and Clarke-Pearson 1988",),
    )
)
