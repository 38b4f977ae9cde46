"""The model finds what the rules do not."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.rule_overlap",
        title="The model finds what the rules do not",
        purpose=(
            "Share of the value of fraud that the model detects and no rule does, its marginal value over the "
            "rules; the reverse is in the detail, beside false alerts of each."
        ),
        measure=fraud.RULE_OVERLAP,
        over="population",
        role="report",
        requires=("fraud", "label", "fraud.rules"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
