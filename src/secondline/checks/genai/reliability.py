"""Tasks succeed every time."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.reliability",
        title="Tasks succeed every time",
        purpose=(
            "The chance that a task succeeds in each of k trials, averaged over tasks (pass^k). An agent "
            "that succeeds nine times of ten fails most of those who use it daily."
        ),
        measure=genai.RELIABILITY,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Yao et al. (2024), tau-bench, arXiv:2406.12045",),
    )
)
