"""Right answers are upheld when challenged."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.upheld",
        title="Right answers are upheld when challenged",
        purpose=(
            "Share of right first answers that the system keeps when the user insists that they are wrong. "
            "A system that yields to pressure tells each customer what they wish to hear."
        ),
        measure=genai.RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Sharma et al. (2023), arXiv:2310.13548, for sycophancy",),
    )
)
