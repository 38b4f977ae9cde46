"""The model answers rows no one had in mind."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.edge_cases",
        title="The model answers rows no one had in mind",
        purpose=(
            "A typical row is scored with every input missing, and with each input in turn missing, zero or far "
            "out of range. Answers that are not finite, or not between 0 and 1 for a probability, are counted and "
            "listed."
        ),
        measure=soundness.EDGE_CASES,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("PRA SS1/23, principle 3.3",),
    )
)
