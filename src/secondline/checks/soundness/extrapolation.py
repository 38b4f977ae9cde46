"""Rows lie within the ranges the model has seen."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.extrapolation",
        title="Rows lie within the ranges the model has seen",
        purpose=(
            "The share of rows with at least one number outside the reference's range, with Wilson's interval, "
            "and the features that leave it most often. Beyond its range a model extrapolates, and no test of it "
            "holds there."
        ),
        measure=soundness.EXTRAPOLATION,
        over="comparison",
        role="gate",
        sources=("PRA SS1/23, principle 3.3",),
    )
)
