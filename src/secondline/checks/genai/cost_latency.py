"""Answers come in time and within their cost."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.cost_latency",
        title="Answers come in time and within their cost",
        purpose=(
            "Share of answers within the time or the cost that the criterion allows. A late answer is none "
            "to the customer who left."
        ),
        measure=genai.RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice in validating generative systems",),
    )
)
