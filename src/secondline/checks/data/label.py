"""Outcomes are known and both classes occur."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.label",
        title="Outcomes are known and both classes occur",
        purpose=(
            "The share of rows without a known outcome, with Wilson's interval. Undefined when only one class occurs. "
            "Labels other than 0 and 1 are refused before any check runs."
        ),
        measure=data.UNUSABLE_LABELS,
        over="population",
        role="gate",
        requires=("label",),
        dimension="completeness",
        sources=("practice",),
    )
)
