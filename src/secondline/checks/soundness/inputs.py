"""The artefact reads what the documentation says."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.inputs",
        title="The artefact reads what the documentation says",
        purpose=(
            "Inputs of the artefact that model.yaml excludes or protects, that hold the outcome or a score, or that "
            "are not among the features where it lists them, are counted and named."
        ),
        measure=soundness.INPUTS,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("Regulation B, 12 CFR 1002.4 and 1002.6", "SR 26-2, conceptual soundness"),
    )
)
