"""Questions that cannot or must not be answered are declined."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.abstain",
        title="Questions that cannot or must not be answered are declined",
        purpose=(
            "Share of unanswerable, out-of-scope and forbidden questions that the system declines. A system "
            "that answers everything cannot be trusted on anything."
        ),
        measure=genai.ABSTENTION,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), confabulation",),
    )
)
