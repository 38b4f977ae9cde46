"""The riskiest tenth holds many of the events."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.capture",
        title="The riskiest tenth holds many of the events",
        purpose=(
            "The share of all events among the riskiest k of the rows (parameter `k`, one tenth), ties at the cut in "
            "proportion, with the gains table in the detail."
        ),
        measure=discrimination.CAPTURE,
        over="population",
        role="report",
        requires=("score", "label"),
        params={"k": 0.1},
        sources=("practice",),
    )
)
