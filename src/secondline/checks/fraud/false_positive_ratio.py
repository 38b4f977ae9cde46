"""Few false alerts for one true alert (n to 1)."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.false_positive_ratio",
        title="Few false alerts for one true alert (n to 1)",
        purpose=(
            "False alerts for one true alert, as n in n:1, the true one not counted; vendors differ on that, so "
            "the definition is printed with the number. By account in the detail."
        ),
        measure=fraud.FALSE_POSITIVES,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
