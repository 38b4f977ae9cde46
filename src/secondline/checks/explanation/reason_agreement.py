"""The reasons on record are those of this model."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_agreement",
        title="The reasons on record are those of this model",
        purpose=(
            "The codes recorded with each decision are compared with those this version of the model gives. The "
            "share of declined rows where any code or their order differs, with an exact bound."
        ),
        measure=reasons.AGREEMENT,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=(
            "12 CFR 1002.9(b)(2), Regulation B",
            "12 CFR 1002.12(b), records kept for 25 months",
        ),
    )
)
