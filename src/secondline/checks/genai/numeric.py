"""Extracted numbers and dates are exact."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.numeric",
        title="Extracted numbers and dates are exact",
        purpose=(
            "Share of answers whose numbers and dates are those of the source, within the tolerance "
            "declared for each field. A wrong number is an error whatever the prose around it."
        ),
        measure=genai.RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice in validating generative systems",),
    )
)
