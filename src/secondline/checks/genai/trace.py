"""Each answer's record is complete."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.trace",
        title="Each answer's record is complete",
        purpose=(
            "Share of answers whose record holds all that makes it reproducible: prompt, answer, version, "
            "passages retrieved, tools and the human act, as the criterion asks."
        ),
        measure=genai.RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("EU AI Act, article 12",),
    )
)
