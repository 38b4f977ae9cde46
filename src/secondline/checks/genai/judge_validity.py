"""The judge tells good answers from bad."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.judge_validity",
        title="The judge tells good answers from bad",
        purpose=(
            "Youden's J of a judge against people's labels: how much more often it passes what people pass "
            "than what they fail. A judge below the limit may sort, but not grade."
        ),
        measure=genai.YOUDEN,
        over="criterion",
        role="report",
        requires=("genai", "genai.judges"),
        sources=("Youden (1950); Lee et al. (2026), arXiv:2511.21140",),
    )
)
