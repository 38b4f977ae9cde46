"""Near migrations are more frequent than far ones."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.migration_order",
        title="Near migrations are more frequent than far ones",
        purpose=(
            "For each migration beyond a neighbour, z against the next one towards the diagonal; the smallest, with "
            "Bonferroni's correction."
        ),
        measure=stability.MIGRATION_ORDER,
        over="population",
        role="gate",
        requires=("grade", "previous-grade"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.5.2",),
    )
)
