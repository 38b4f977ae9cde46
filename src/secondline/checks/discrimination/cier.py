"""Conditional information entropy ratio."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.cier",
        title="Conditional information entropy ratio",
        purpose=(
            "The share of the outcome's uncertainty that the bands remove: 0 when they say nothing, 1 when they say "
            "all."
        ),
        measure=discrimination.CIER,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
