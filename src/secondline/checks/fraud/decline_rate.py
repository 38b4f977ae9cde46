"""Few transactions are declined."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.decline_rate",
        title="Few transactions are declined",
        purpose=(
            "Transactions declined or challenged over all transactions, with an interval by account, from the "
            "column that records what was done."
        ),
        measure=fraud.DECLINE_RATE,
        over="population",
        role="report",
        requires=("fraud", "fraud.declined"),
        sources=("Practice in fraud modelling",),
    )
)
