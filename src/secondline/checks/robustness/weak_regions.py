"""No region of the data is much worse calibrated than the rest."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.weak_regions",
        title="No region of the data is much worse calibrated than the rest",
        purpose=(
            "Every region of one and two columns (features, segments, protected columns, exposure) is searched on "
            "half of the rows for outcomes above or below the prediction, and more so than elsewhere; what is found "
            "is confirmed on the other half, and the other way round, with the error rate held over the whole search. "
            "The value is observed over predicted in the worst region. It needs the score, the outcome and the "
            "columns, not the artefact."
        ),
        measure=robustness.WEAK_REGIONS,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=(
            "SR 26-2, outcomes analysis",
            "Chung et al. (2019), Slice Finder",
            "Sagadeeva and Boehm (2021), SliceLine",
        ),
    )
)
