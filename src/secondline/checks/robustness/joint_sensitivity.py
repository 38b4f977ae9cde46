"""How the score moves when all inputs move together."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.joint_sensitivity",
        title="How the score moves when all inputs move together",
        purpose=(
            "All numbers are moved by one step the way that raises risk (as claimed, else as the model answers), the "
            "other way, and by one standard deviation along the first three principal components of the inputs, which "
            "are moves that the data know as common. The relative change of the mean score in the worst of these, the "
            "decisions that change, and what the single moves would have added up to."
        ),
        measure=robustness.JOINT_SENSITIVITY,
        over="population",
        role="report",
        requires=("artefact", "score"),
        sources=("Federal Reserve SR 11-7 (2011), varying inputs simultaneously",),
    )
)
