"""Every query read the same rows."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.fingerprint",
        title="Every query read the same rows",
        purpose=(
            "Rows the first scan counted less rows the reductions counted. Detail has the content fingerprint: equal "
            "for the same rows in any order, different (but for one chance in 2^63 a change) for any other."
        ),
        measure=data.ROWS_COUNTED,
        over="population",
        role="gate",
        dimension="traceability",
        sources=("definition",),
    )
)
