"""A little noise costs little ranking."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.noise",
        title="A little noise costs little ranking",
        purpose=(
            "Normal noise of a tenth of its spread is added to every number that is not a flag, five times; the "
            "AUC lost on the same rows, with an interval over rows and repeats. What is lost to noise the model "
            "owed to detail that another sample will not repeat."
        ),
        measure=soundness.NOISE,
        over="population",
        role="gate",
        requires=("artefact", "score", "label"),
        params={"scale": 0.1, "repeats": 5},
        sources=("SR 26-2, outcomes analysis and sensitivity", "PRA SS1/23, principle 3.3"),
    )
)
