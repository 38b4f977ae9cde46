"""The recorded scores are those of the artefact."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.parity",
        title="The recorded scores are those of the artefact",
        purpose=(
            "The artefact scores the rows again, and the share whose score differs from the recorded one by more "
            "than 1e-6 is counted. It shows that what was validated is what is filed, and that development and "
            "production agree. Every row of a small population is compared; of a large one a sample, with Clopper "
            "and Pearson's interval."
        ),
        measure=soundness.PARITY,
        over="population",
        role="gate",
        requires=("artefact", "score"),
        params={"tolerance": 1e-06},
        sources=("EBA supervisory handbook on the validation of rating systems (2023), 85b", "OSFI E-23 (2027), 3.5"),
    )
)
