"""The answer rests on what is retrieved."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.ablation",
        title="The answer rests on what is retrieved",
        purpose=(
            "Pass rate with the right passages less the rate without any, pair by pair. Where it is not "
            "above zero the system answers from memory, and its citations are decoration."
        ),
        measure=genai.ABLATION,
        over="criterion",
        role="gate",
        requires=("genai",),
        sources=("Practice in validating retrieval-augmented generation",),
    )
)
