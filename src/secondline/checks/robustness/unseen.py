"""Out-of-sample and out-of-time rows are both there."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import uncertainty

CHECK = register(
    Check(
        code="robustness.unseen",
        title="Out-of-sample and out-of-time rows are both there",
        purpose=(
            "Rows of the development period that no fit has seen show overfitting alone; rows of a later period show "
            "what use will meet. One does not stand for the other, so both kinds are asked for, by the roles that "
            "model.yaml gives its populations."
        ),
        measure=uncertainty.UNSEEN,
        over="population",
        role="report",
        sources=(
            "EBA supervisory handbook on the validation of rating systems (2023), interaction boxes 5 and 11",
            "SR 26-2, outcomes analysis",
        ),
    )
)
