"""Pietra index."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.pietra",
        title="Pietra index",
        purpose="Half the largest distance between the ROC curve and the diagonal: half of KS, with its interval.",
        measure=discrimination.PIETRA,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
