"""Few scores come too late to count."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.timeouts",
        title="Few scores come too late to count",
        purpose=(
            "Share of transactions whose response came after the declared time-out. A fraud score that comes late "
            "is a payment made without it."
        ),
        measure=fraud.TIMEOUTS,
        over="population",
        role="report",
        requires=("fraud", "fraud.serving.latency"),
        sources=("OSFI E-23 3.6",),
    )
)
