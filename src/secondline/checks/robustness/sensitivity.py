"""How the score moves with each input alone."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.sensitivity",
        title="How the score moves with each input alone",
        purpose=(
            "Each input is moved by one and two steps either way (a step is its interquartile range over 1.349, "
            "within the range seen; a flag takes its other value). The relative change of the mean score with a "
            "paired interval, the decisions that change, the elasticity, and the largest jump along the range of the "
            "input."
        ),
        measure=robustness.SENSITIVITY,
        over="input",
        role="report",
        requires=("artefact", "score"),
        sources=("SR 26-2, sensitivity analysis", "PRA SS1/23, principle 3.3"),
    )
)
