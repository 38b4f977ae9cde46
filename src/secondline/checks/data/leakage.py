"""No single feature gives the outcome away."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.leakage",
        title="No single feature gives the outcome away",
        purpose=(
            "The AUC of each feature alone, whichever way it points. Numbers are ranked by their bins, categories by "
            "leave-one-out event rates, so that a category of many noise levels stays near 0.5. Honest credit "
            "features stay far below 0.95; one above it usually was recorded after the outcome."
        ),
        measure=data.FEATURE_AUC,
        over="feature",
        role="screen",
        requires=("label",),
        dimension="accuracy",
        sources=("practice",),
    )
)
