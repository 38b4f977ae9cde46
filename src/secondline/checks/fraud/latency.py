"""Scores come within few milliseconds."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.latency",
        title="Scores come within few milliseconds",
        purpose=(
            "The response time that 99 in 100 transactions keep (p99), in milliseconds, from the column that "
            "records it, with an interval that assumes no form."
        ),
        measure=fraud.LATENCY,
        over="population",
        role="report",
        requires=("fraud", "fraud.serving.latency"),
        params={"share": 0.99},
        sources=("OSFI E-23 3.6", "Conover (1999), Practical Nonparametric Statistics, 3.2"),
    )
)
