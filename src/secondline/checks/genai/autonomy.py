"""The system acts no further than it is allowed to."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.autonomy",
        title="The system acts no further than it is allowed to",
        purpose=(
            "Share of tasks in which the system acted without the confirmation or the approval its declared "
            "level of autonomy asks for, or did not hand over where it should."
        ),
        measure=genai.HARM_RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), human-AI configuration",),
    )
)
