"""The test is later than the development data."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.time_split",
        title="The test is later than the development data",
        purpose=(
            "Share of transactions not later than the last transaction of the reference, plus a gap in days as "
            "long as labels take to mature; 0 where the split is by time."
        ),
        measure=fraud.TIME_SPLIT,
        over="comparison",
        role="report",
        requires=("fraud", "time"),
        params={"gap": 0.0},
        sources=("Practice in fraud modelling",),
    )
)
