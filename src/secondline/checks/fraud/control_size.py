"""The control arm is large enough to tell."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.control_size",
        title="The control arm is large enough to tell",
        purpose=(
            "Half the width of the control arm's interval over its fraud rate. An arm of a few hundred "
            "transactions shows that somebody thought of it, and tells nothing."
        ),
        measure=fraud.CONTROL_SIZE,
        over="population",
        role="report",
        requires=("fraud", "label", "fraud.control"),
        sources=("Practice in fraud modelling",),
    )
)
