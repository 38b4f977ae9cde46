"""The order of the inputs holds on other rows."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.stability",
        title="The order of the inputs holds on other rows",
        purpose=(
            "Rows are drawn again 400 times, and each time the inputs are ordered by their mean absolute "
            "contribution. The rank correlation with the order of all rows is averaged, and its interval "
            "holds the middle of the samples. An order that other rows of the same population would overturn "
            "is no finding about the model."
        ),
        measure=explanation.STABILITY,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("SR 26-2, conceptual soundness", "PRA SS1/23, principle 3.3"),
    )
)
