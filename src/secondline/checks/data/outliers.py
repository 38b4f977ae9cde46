"""Extreme values are as rare as in the reference."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.outliers",
        title="Extreme values are as rare as in the reference",
        purpose=(
            "The share of current values beyond the reference's far fences (three interquartile ranges outside the "
            "middle half), less the reference's own share, with Newcombe's interval."
        ),
        measure=data.OUTLIERS,
        over="shift",
        role="screen",
        dimension="validity",
        sources=("Tukey 1977",),
    )
)
