"""Alerts stay within what can be worked."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.alert_rate",
        title="Alerts stay within what can be worked",
        purpose=(
            "Alerts over all transactions at the operating point, with an interval by account. More alerts than a "
            "desk can work are alerts that nobody works."
        ),
        measure=fraud.ALERT_RATE,
        over="population",
        role="report",
        requires=("fraud",),
        sources=("Practice in fraud modelling",),
    )
)
