"""Out-of-time rows are later than development."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import uncertainty

CHECK = register(
    Check(
        code="robustness.out_of_time",
        title="Out-of-time rows are later than development",
        purpose=(
            "A population that is declared out-of-time holds only rows dated after the last row of the reference. "
            "Rows of the same period test the model under the conditions it was fitted in, whatever the population "
            "is called."
        ),
        measure=uncertainty.NOT_LATER,
        over="comparison",
        role="report",
        requires=("time",),
        sources=("EBA supervisory handbook on the validation of rating systems (2023)",),
    )
)
