"""A disturbed question gets as good an answer."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.robustness",
        title="A disturbed question gets as good an answer",
        purpose=(
            "Pass rate of paraphrased, misspelt, reordered or translated questions less that of their plain "
            "twins, pair by pair. The share of pairs that flip stands beside it."
        ),
        measure=genai.ROBUSTNESS,
        over="criterion",
        role="gate",
        requires=("genai",),
        sources=(
            "Miller (2024), Adding Error Bars to Evals, arXiv:2411.00640",
            "Newcombe (1998), Statistics in Medicine 17, 2635",
        ),
    )
)
