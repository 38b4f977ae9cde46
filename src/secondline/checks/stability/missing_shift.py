"""The share of missing values is stable."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.missing_shift",
        title="The share of missing values is stable",
        purpose=(
            "The change of the share of missing values of each feature since the reference, with Newcombe's interval."
        ),
        measure=stability.MISSING_SHIFT,
        over="shift",
        role="screen",
        sources=("Newcombe 1998",),
    )
)
