"""Features are not combinations of one another."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.collinearity",
        title="Features are not combinations of one another",
        purpose=(
            "The largest variance inflation factor 1 / (1 - R2) among numeric features over complete rows, from their "
            "co-moments."
        ),
        measure=data.VARIANCE_INFLATION,
        over="population",
        role="gate",
        sources=("practice: above 5 review, above 10 act",),
    )
)
