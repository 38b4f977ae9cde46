"""The alerts save more money than they cost."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.net_benefit",
        title="The alerts save more money than they cost",
        purpose=(
            "Loss saved less the cost of reviews and the friction to genuine customers, in the money of the "
            "amounts, with the costs that model.yaml declares."
        ),
        measure=fraud.NET_BENEFIT,
        over="population",
        role="report",
        requires=("fraud", "label", "time"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
