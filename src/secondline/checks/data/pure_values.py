"""No repeated value belongs to one class only."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.pure_values",
        title="No repeated value belongs to one class only",
        purpose=(
            "The number of exact values that at least 30 labelled rows hold and (almost) all of one class: the trace "
            "of a fill that depends on the outcome, such as the class mean in place of missing values. Single-feature "
            "AUCs miss it. Exact binomial tests against the base rate, Holm over the values."
        ),
        measure=data.PURE_VALUES,
        over="feature",
        role="screen",
        requires=("label",),
        dimension="accuracy",
        sources=("practice",),
    )
)
