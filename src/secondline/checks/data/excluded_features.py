"""Excluded and protected attributes are not features."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.excluded_features",
        title="Excluded and protected attributes are not features",
        purpose=(
            "Features in use that the claims of model.yaml exclude, or that are protected attributes; none is allowed."
        ),
        measure=data.EXCLUDED_FEATURES,
        over="population",
        role="gate",
        dimension="consistency",
        sources=("practice",),
    )
)
