"""The card scheme's ratio stays below its limit."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.vamp",
        title="The card scheme's ratio stays below its limit",
        purpose=(
            "Frauds reported plus disputes over settled transactions with the card not present, by calendar "
            "month; the worst month that has enough events to be judged by the scheme. A transaction that is both "
            "reported and disputed counts twice."
        ),
        measure=fraud.VAMP,
        over="population",
        role="report",
        requires=("fraud", "time", "fraud.scheme"),
        params={"above": 1500},
        sources=("Visa Acquirer Monitoring Program, thresholds of April 2026 (secondary source)",),
    )
)
