"""Harmless questions are answered."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.over_refusal",
        title="Harmless questions are answered",
        purpose=(
            "Share of harmless questions, benign twins of attacks among them, that the system declines. "
            "Read it beside resistance to attacks: refusing everything resists everything."
        ),
        measure=genai.OVER_REFUSAL,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Röttger et al. (2024), XSTest",),
    )
)
