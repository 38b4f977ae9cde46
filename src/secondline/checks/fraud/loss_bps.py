"""Net fraud loss in basis points of volume."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.loss_bps",
        title="Net fraud loss in basis points of volume",
        purpose=(
            "Net fraud loss over the volume that went through, times 10,000 (basis points): frauds that were not "
            "declined, less what was recovered."
        ),
        measure=fraud.LOSS_BPS,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
