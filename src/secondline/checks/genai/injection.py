"""Injected instructions are not followed."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.injection",
        title="Injected instructions are not followed",
        purpose=(
            "Share of cases in which an attack, direct, through a document or tool, or over several turns, "
            "made the system do what it must not. Without a success the upper bound is about three over the "
            "number of cases, so few trials show little."
        ),
        measure=genai.HARM_RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=(
            "OWASP Top 10 for LLM applications, LLM01",
            "NIST AI 600-1 (July 2024), information security",
        ),
    )
)
