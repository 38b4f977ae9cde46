"""Citations exist, can be found and support what they stand for."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.citations",
        title="Citations exist, can be found and support what they stand for",
        purpose=(
            "Share of answers whose citations name documents that exist and hold what is said. A citation "
            "that does not support its sentence misleads more than none."
        ),
        measure=genai.CLAIMS,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), information integrity",),
    )
)
