"""Answers are free of abuse."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.toxic",
        title="Answers are free of abuse",
        purpose=(
            "Share of cases with abusive, demeaning or obscene language in the answer, also where the "
            "question provoked it. Attack families count as clusters."
        ),
        measure=genai.HARM_RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), dangerous, violent or hateful content",),
    )
)
