"""The Jensen-Shannon distance of each feature."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.jensen_shannon",
        title="The Jensen-Shannon distance of each feature",
        purpose=(
            "The square root of the divergence of both populations from their middle, to base 2: between 0 and 1 and "
            "without a rule for empty bins."
        ),
        measure=stability.JENSEN_SHANNON,
        over="shift",
        role="report",
        sources=("Lin 1991",),
    )
)
