"""Observations are recent when decisions use them."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.lag",
        title="Observations are recent when decisions use them",
        purpose="The 99th percentile of the days between an observation and the decision that used it.",
        measure=data.LAG,
        over="population",
        role="gate",
        requires=("time", "observed_at"),
        dimension="timeliness",
        sources=("EBA supervisory handbook on IRB validation",),
    )
)
