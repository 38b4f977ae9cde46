"""Nothing is known before it could be."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.point_in_time",
        title="Nothing is known before it could be",
        purpose="The share of rows whose features were observed after the decision. Such a row knows the future.",
        measure=data.AFTER_THE_DECISION,
        over="population",
        role="gate",
        requires=("time", "observed_at"),
        dimension="timeliness",
        sources=("practice",),
    )
)
