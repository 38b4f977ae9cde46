"""Few good customers are declined or challenged."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.insult_rate",
        title="Few good customers are declined or challenged",
        purpose=(
            "Good customers with a genuine transaction declined or challenged, over all good customers. A good "
            "customer has known labels and no fraud. By transaction in the detail."
        ),
        measure=fraud.INSULT_RATE,
        over="population",
        role="report",
        requires=("fraud", "label"),
        sources=("Practice in fraud modelling",),
    )
)
