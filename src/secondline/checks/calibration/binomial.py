"""Events in each grade fit independent draws."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.binomial",
        title="Events in each grade fit independent draws",
        purpose=(
            "The exact binomial test in each grade. It takes events as independent, which they are not in a downturn: "
            "read it beside the correlated form."
        ),
        measure=calibration.BINOMIAL,
        over="band",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
