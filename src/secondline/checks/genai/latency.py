"""Answers come in time."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.latency",
        title="Answers come in time",
        purpose=(
            "The response time that 95 % of the calls keep, with an interval between order statistics that "
            "assumes no form of the distribution."
        ),
        measure=genai.LATENCY,
        over="population",
        role="report",
        requires=("genai",),
        sources=("Conover (1999), Practical Nonparametric Statistics, 3.2",),
    )
)
