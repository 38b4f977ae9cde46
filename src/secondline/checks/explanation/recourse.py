"""Share of declined applicants with a way to approval."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import recourse

CHECK = register(
    Check(
        code="explanation.recourse",
        title="Share of declined applicants with a way to approval",
        purpose=(
            "For each declined row the cheapest change is sought, within declared bounds and directions and "
            "leaving immutable features alone, that the model approves: one feature, two, then more. The share of "
            "rows that have one, scored again by the artefact, and its cost in quantile steps."
        ),
        measure=recourse.RECOURSE,
        over="population",
        role="report",
        requires=("artefact", "decision"),
        sources=(
            "Ustun, Spangher and Liu (2019), Actionable recourse in linear classification",
            "Mothilal, Sharma and Tan (2020), on diverse counterfactuals",
        ),
    )
)
