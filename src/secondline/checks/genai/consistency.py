"""The same question gets the same answer."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.consistency",
        title="The same question gets the same answer",
        purpose=(
            "Agreement between answers to the same question asked several times, and the share of cases "
            "whose verdict flips. Temperature 0 does not make a system deterministic, so it is measured."
        ),
        measure=genai.CONSISTENCY,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Farquhar et al. (2024), Nature 630, 625, for semantic entropy",),
    )
)
