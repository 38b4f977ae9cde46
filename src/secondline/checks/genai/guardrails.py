"""Guardrails step in where they must, and let the rest pass."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.guardrails",
        title="Guardrails step in where they must, and let the rest pass",
        purpose=(
            "Share of calls that a guardrail stopped, before the system answered or after, with attacks and "
            "harmless questions apart: a filter that stops everything protects nobody's service."
        ),
        measure=genai.GUARDRAILS,
        over="population",
        role="report",
        requires=("genai", "genai.guarded"),
        sources=("NIST AI 600-1 (July 2024), information security",),
    )
)
