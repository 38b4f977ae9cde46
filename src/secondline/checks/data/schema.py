"""The populations hold the same columns."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.schema",
        title="The populations hold the same columns",
        purpose="Features of the reference that the current population lacks or holds in another kind of type.",
        measure=data.SCHEMA,
        over="comparison",
        role="gate",
        dimension="consistency",
        sources=("practice",),
    )
)
