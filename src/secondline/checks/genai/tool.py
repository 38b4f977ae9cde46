"""Tools are used as they may be."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.tool",
        title="Tools are used as they may be",
        purpose=(
            "Share of tasks in which a forbidden action was done, a tool was called wrongly, or the loop "
            "did not end, judged on the final state and not on what was said."
        ),
        measure=genai.HARM_RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("OWASP Top 10 for LLM applications, LLM06",),
    )
)
