"""The exclusions waterfall reconciles."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.exclusions",
        title="The exclusions waterfall reconciles",
        purpose=(
            "Rows by which the source less the declared exclusions differs from the reference population; 0 reconciles."
        ),
        measure=data.WATERFALL,
        over="population",
        role="gate",
        dimension="traceability",
        sources=("EBA supervisory handbook on IRB validation, par. 49c",),
    )
)
