"""People are moved against the score alike in every group."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.override_parity",
        title="People are moved against the score alike in every group",
        purpose=(
            "The gap between each protected group and the control group in overrides to a worse score, and in "
            "overrides to a better one. Discretion beside a model is where treatment can differ although the "
            "model treats alike."
        ),
        measure=fairness.OVERRIDE_PARITY,
        over="protected",
        role="report",
        requires=("protected", "override"),
        sources=("Newcombe (1998), Statistics in Medicine 17",),
    )
)
