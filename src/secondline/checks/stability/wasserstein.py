"""How far each numeric feature moved."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.wasserstein",
        title="How far each numeric feature moved",
        purpose=(
            "The area between the two distribution functions in standard deviations of the reference: unlike an index "
            "over bins it knows how far values moved."
        ),
        measure=stability.WASSERSTEIN,
        over="shift",
        role="report",
        sources=("Vallender 1974",),
    )
)
