"""Missingness does not give the outcome away."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.leakage_missing",
        title="Missingness does not give the outcome away",
        purpose=(
            "The AUC of the bare fact that a value is missing. A field that is filled only after default, or only "
            "without it, leaks through its gaps."
        ),
        measure=data.MISSING_AUC,
        over="feature",
        role="screen",
        requires=("label",),
        dimension="accuracy",
        sources=("practice",),
    )
)
