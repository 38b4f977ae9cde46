"""Events and non-events are far apart, but not too far."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.ks",
        title="Events and non-events are far apart, but not too far",
        purpose=(
            "The Kolmogorov-Smirnov distance between the score distributions of events and non-events. A weak score "
            "stays low; one above 0.75 is more often leakage than skill. Bootstrap interval from the table; the bias "
            "of the largest gap is in the detail."
        ),
        measure=discrimination.KS,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("practice",),
    )
)
