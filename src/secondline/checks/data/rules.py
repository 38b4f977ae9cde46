"""Every declared rule holds in every row."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.rules",
        title="Every declared rule holds in every row",
        purpose=(
            "The share of rows that break a declared rule or the declared domain of a column (range, list of values, "
            "nullability). Rows the rule cannot judge because of nulls are counted apart. A hard rule allows no "
            "exception, so the value is judged and not its interval."
        ),
        measure=data.BROKEN,
        over="rule",
        role="gate",
        dimension="consistency",
        sources=("EBA supervisory handbook on IRB validation",),
    )
)
