"""The score moves with the input as claimed."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.direction",
        title="The score moves with the input as claimed",
        purpose=(
            "The trend of the accumulated local effects over the ranks of the input is held against the "
            "direction that the documentation claims. It is an average over rows, where the check of "
            "monotonicity asks every row. The record lists the stretches that run against the claim by more "
            "than their error, and warns when one lies at an end of the range."
        ),
        measure=explanation.DIRECTION,
        over="claim",
        role="gate",
        requires=("artefact",),
        sources=("Apley and Zhu (2020), JRSS B 82", "SR 26-2, conceptual soundness"),
    )
)
