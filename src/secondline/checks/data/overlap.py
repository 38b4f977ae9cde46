"""No entity is on both sides of the split."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.overlap",
        title="No entity is on both sides of the split",
        purpose=(
            "The share of this population's keys that the reference also has. Entities on both sides let a model "
            "remember rather than predict. Exact up to a million keys, estimated with an interval beyond. Populations "
            "of one portfolio at two dates share entities by design: leave the check out with that reason."
        ),
        measure=data.SHARED_KEYS,
        over="comparison",
        role="gate",
        requires=("entity",),
        dimension="uniqueness",
        sources=("practice",),
    )
)
