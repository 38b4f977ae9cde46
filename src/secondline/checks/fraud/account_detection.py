"""Accounts with fraud are alerted."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.account_detection",
        title="Accounts with fraud are alerted",
        purpose=(
            "Accounts with a fraud that was alerted over all accounts with fraud. One alert is enough to act on "
            "an account, so this is what an analyst's desk feels."
        ),
        measure=fraud.ACCOUNT_DETECTION,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
