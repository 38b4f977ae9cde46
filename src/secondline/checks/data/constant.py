"""No feature is constant."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.constant",
        title="No feature is constant",
        purpose=(
            "The share of rows in the fullest cell. A feature that always has one value cannot inform the model and "
            "often marks a broken feed."
        ),
        measure=data.LARGEST_SHARE,
        over="feature",
        role="screen",
        dimension="validity",
        sources=("practice",),
    )
)
