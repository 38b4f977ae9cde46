"""Fraud is found on accounts the model has not seen."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.entity_split",
        title="Fraud is found on accounts the model has not seen",
        purpose=(
            "Share of the value of fraud that lies on accounts which the reference has too; 0 where the split is "
            "by account. The detail compares detection on accounts seen before and on new ones: a model that "
            "remembers accounts detects less on new ones."
        ),
        measure=fraud.ENTITY_SPLIT,
        over="comparison",
        role="report",
        requires=("fraud", "label"),
        sources=("Practice in fraud modelling",),
    )
)
