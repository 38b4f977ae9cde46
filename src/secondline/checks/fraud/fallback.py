"""Few decisions are made by the fallback."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.fallback",
        title="Few decisions are made by the fallback",
        purpose=(
            "Share of transactions that a fallback rule decided instead of the model, from the column that "
            "records it. What the model would do says nothing of them."
        ),
        measure=fraud.FALLBACK,
        over="population",
        role="report",
        requires=("fraud", "fraud.serving.fallback"),
        sources=("OSFI E-23 3.6",),
    )
)
