"""Grades are not more concentrated than initially."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.concentration",
        title="Grades are not more concentrated than initially",
        purpose=(
            "The Herfindahl index of the grades (or score bands) and the test that it has not risen since the "
            "reference."
        ),
        measure=stability.CONCENTRATION,
        over="comparison",
        role="gate",
        requires=("score",),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.5.3",),
    )
)
