"""Each of the twelve risks is answered."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.risks",
        title="Each of the twelve risks is answered",
        purpose=(
            "How many of the twelve risks of NIST AI 600-1 are neither tested by a named check nor said, "
            "with a reason, not to apply. A risk left out is not a risk answered."
        ),
        measure=genai.RISKS,
        over="population",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024)",),
    )
)
