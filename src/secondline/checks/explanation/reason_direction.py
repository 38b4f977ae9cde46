"""Each reason, put right, improves the score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_direction",
        title="Each reason, put right, improves the score",
        purpose=(
            "Each named driver is set, alone, to the values of the reference applicants. The share of declined "
            "rows with a reason that does not lower the risk, or that names a monotone feature on which most of "
            "the reference is worse."
        ),
        measure=reasons.DIRECTION,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=("12 CFR 1002.9(b)(2) and comment 9(b)(2)-5, Regulation B",),
    )
)
