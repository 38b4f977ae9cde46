"""No feature holds infinities."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.infinite",
        title="No feature holds infinities",
        purpose=(
            "The share of rows with plus or minus infinity: the trace of a division by zero or an overflow that was "
            "not handled. Categories are not asked."
        ),
        measure=data.INFINITE,
        over="feature",
        role="screen",
        dimension="validity",
        sources=("practice",),
    )
)
