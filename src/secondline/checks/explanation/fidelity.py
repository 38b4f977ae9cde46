"""Contributions add up to the score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.fidelity",
        title="Contributions add up to the score",
        purpose=(
            "The contributions of every row explained are added to the base value and compared with the score "
            "of the model itself, on the scale of the contributions. The largest difference counts: a split "
            "that does not add up explains another model. Sampled contributions add up by construction, and "
            "their standard errors are stated beside it."
        ),
        measure=explanation.FIDELITY,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("Shapley (1953), efficiency", "Lundberg et al. (2020), Nature Machine Intelligence 2"),
    )
)
