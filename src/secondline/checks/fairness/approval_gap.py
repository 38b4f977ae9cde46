"""How far apart the approval rates are."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.approval_gap",
        title="How far apart the approval rates are",
        purpose=(
            "The approval rate of each protected group less that of the control group (the marginal effect), in "
            "shares. The lowest is quoted, with an interval that holds for all groups at once. Read it beside the "
            "ratio: where nearly all are approved a ratio hides a large gap in declines."
        ),
        measure=fairness.APPROVAL_GAP,
        over="protected",
        role="report",
        requires=("decision", "protected"),
        sources=("Newcombe (1998), Statistics in Medicine 17",),
    )
)
