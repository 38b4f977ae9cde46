"""How ranking falls as noise grows."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.noise_curve",
        title="How ranking falls as noise grows",
        purpose=(
            "Normal noise of 2 to 50 hundredths of its spread is added to every number that is not a flag; the AUC "
            "lost at each size, with an interval over rows and repeats, and the size of noise that costs 0.01 of AUC."
        ),
        measure=robustness.NOISE_CURVE,
        over="population",
        role="report",
        requires=("artefact", "score", "label"),
        params={"repeats": 2},
        sources=("SR 26-2, sensitivity analysis",),
    )
)
