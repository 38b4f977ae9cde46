"""Accounts in one grade default alike in every segment."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.homogeneity",
        title="Accounts in one grade default alike in every segment",
        purpose=(
            "Within each grade or band, chi-square of outcome by segment level (Fisher's exact test for sparse "
            "pairs), Holm over the grades. A rejection says that the segment carries risk that the score does not "
            "see."
        ),
        measure=discrimination.MIXED,
        over="segment_column",
        role="screen",
        requires=("score", "label"),
        sources=("EBA supervisory handbook on IRB validation, par. 43b",),
    )
)
