"""Calls are answered."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.failed_calls",
        title="Calls are answered",
        purpose=(
            "Share of calls that timed out or failed. They are neither right nor wrong answers, and a rate "
            "over the rest says nothing of them."
        ),
        measure=genai.FAILED_CALLS,
        over="population",
        role="report",
        requires=("genai",),
        sources=("OSFI E-23 3.6",),
    )
)
