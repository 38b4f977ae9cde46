"""Columns that carry a role are complete."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.critical_completeness",
        title="Columns that carry a role are complete",
        purpose=(
            "The share of missing values in every column that model.yaml gives a role: score, label, weight, time, "
            "entity, exposure, grade, segments and protected attributes. Every later result rests on them."
        ),
        measure=data.MISSING,
        over="required",
        role="gate",
        dimension="completeness",
        sources=("EBA supervisory handbook on IRB validation, par. 82",),
    )
)
