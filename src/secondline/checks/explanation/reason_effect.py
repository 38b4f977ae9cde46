"""The reasons given are what moved the score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_effect",
        title="The reasons given are what moved the score",
        purpose=(
            "All drivers a row was given as reasons are set to the values of the reference applicants. The share "
            "of declined rows whose risk falls, how far, and how far it falls when as many drivers drawn at "
            "random are set instead."
        ),
        measure=reasons.EFFECT,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=(
            "12 CFR 1002.9(b)(2), Regulation B",
            "Regulation B, comment 9(b)(2)-4: the reasons must relate to the factors actually scored",
        ),
    )
)
