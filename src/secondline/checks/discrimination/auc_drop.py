"""Discrimination has not fallen since development."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.auc_drop",
        title="Discrimination has not fallen since development",
        purpose=(
            "The AUC of the reference less that of the current population, two independent samples, each with "
            "DeLong's variance. The development AUC is optimistic, and a changed mix of accounts moves the AUC by "
            "itself: read the drop with the stability results."
        ),
        measure=discrimination.AUC_DROP,
        over="comparison",
        role="gate",
        requires=("score", "label"),
        sources=("DeLong, DeLong and Clarke-Pearson 1988",),
    )
)
