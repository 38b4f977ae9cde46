"""Excluded and protected attributes are not features."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.excluded_features",
        title="Excluded and protected attributes are not features",
        purpose="Features in use that model.yaml's claims exclude or that are protected attributes.",
        measure=data.EXCLUDED_FEATURES,
        over="population",
        role="gate",
        dimension="consistency",
        sources=("practice",),
    )
)
