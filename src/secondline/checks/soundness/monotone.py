"""The score moves as the documentation claims."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.monotone",
        title="The score moves as the documentation claims",
        purpose=(
            "Each input that model.yaml claims to be monotone is swept over its range, for many rows, with "
            "everything else held still. The share of rows whose score ever moves the wrong way, with Clopper and "
            "Pearson's interval. The artefact itself is asked, where data.claimed_direction asks the data."
        ),
        measure=soundness.MONOTONE,
        over="claim",
        role="gate",
        requires=("artefact",),
        sources=(
            "EBA supervisory handbook on the validation of rating systems (2023), 46",
            "SR 26-2, conceptual soundness",
        ),
    )
)
