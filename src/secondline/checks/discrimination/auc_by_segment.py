"""The score ranks within every segment."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.auc_by_segment",
        title="The score ranks within every segment",
        purpose=(
            "The area under the ROC curve in each level of each segment and protected attribute, with intervals that "
            "hold for all of them together (Bonferroni). A small segment is inconclusive, not passed."
        ),
        measure=discrimination.AUC,
        over="segment",
        role="gate",
        requires=("score", "label"),
        sources=("DeLong, DeLong and Clarke-Pearson 1988",),
    )
)
