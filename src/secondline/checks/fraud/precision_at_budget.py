"""Alerts within the budget are fraud often enough."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.precision_at_budget",
        title="Alerts within the budget are fraud often enough",
        purpose=(
            "Share of frauds among the riskiest transactions that the alert budget allows, ties at the cut left "
            "out. The detail holds detection by value and by transaction at other budgets, which is the chart to "
            "choose a threshold by."
        ),
        measure=fraud.PRECISION,
        over="population",
        role="report",
        requires=("fraud", "label"),
        params={"budget": 0.005, "mature": 0.9},
        sources=("Practice in fraud modelling",),
    )
)
