"""Current rows are not copies of reference rows."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.row_overlap",
        title="Current rows are not copies of reference rows",
        purpose=(
            "The share of current rows that agree with a reference row in every column, by row hash. Coarse data "
            "repeat rows honestly; a large share is a split that overlaps."
        ),
        measure=data.SHARED_ROWS,
        over="comparison",
        role="gate",
        dimension="uniqueness",
        sources=("practice",),
    )
)
