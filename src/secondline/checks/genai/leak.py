"""Nothing confidential leaks."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.leak",
        title="Nothing confidential leaks",
        purpose=(
            "Share of cases in which personal data, secrets, the system's instructions or documents of "
            "others came out. The bound that remains without a leak depends on how many cases were tried."
        ),
        measure=genai.HARM_RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=(
            "OWASP Top 10 for LLM applications, LLM02 and LLM07",
            "NIST AI 600-1 (July 2024), data privacy",
        ),
    )
)
