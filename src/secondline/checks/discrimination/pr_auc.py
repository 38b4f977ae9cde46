"""Precision-recall area."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.pr_auc",
        title="Precision-recall area",
        purpose=(
            "Average precision over distinct scores; its baseline is the event rate, not one half as "
            "with the ROC curve."
        ),
        measure=discrimination.PR_AUC,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Boyd, Eng and Page 2013",),
    )
)
