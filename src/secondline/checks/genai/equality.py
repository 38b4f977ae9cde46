"""The answers come from the same distribution."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.equality",
        title="The answers come from the same distribution",
        purpose=(
            "Whether answers to the same prompts come from the same distribution as the approved ones. A "
            "small p-value says that something changed, such as the vendor's weights, and not that it is "
            "worse."
        ),
        measure=genai.EQUALITY,
        over="population",
        role="gate",
        requires=("genai", "genai.anchor"),
        sources=("Gao, Liang and Guestrin (2025), arXiv:2410.20247",),
    )
)
