"""Event rates move as the documentation claims."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.claimed_direction",
        title="Event rates move as the documentation claims",
        purpose=(
            "Neighbouring bins whose event rates run significantly against the direction claimed in model.yaml (one- "
            "sided two-proportion tests, Holm over the pairs)."
        ),
        measure=data.REVERSALS,
        over="feature",
        role="gate",
        requires=("label",),
        sources=("practice",),
    )
)
