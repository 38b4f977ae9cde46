"""How far migrations reach."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.migration_bandwidth",
        title="How far migrations reach",
        purpose=(
            "The matrix-weighted bandwidth of migrations to riskier grades: 0 when nobody moves, 1 when all movers "
            "move furthest. The bandwidth to less risky grades is in the detail."
        ),
        measure=stability.MIGRATION_BANDWIDTH,
        over="population",
        role="report",
        requires=("grade", "previous-grade"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.5.1",),
    )
)
