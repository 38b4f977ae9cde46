"""Calls cost what they should."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.cost",
        title="Calls cost what they should",
        purpose=(
            "Mean cost of a call in the currency of the study, its interval, and the total. Prices move "
            "with the provider, and tokens with the prompt."
        ),
        measure=genai.COST,
        over="population",
        role="report",
        requires=("genai",),
        sources=("Practice in validating generative systems",),
    )
)
