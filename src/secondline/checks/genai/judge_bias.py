"""Length does not move the judge."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.judge_bias",
        title="Length does not move the judge",
        purpose=(
            "Partial correlation of a judge's verdict with the length of the answer, given what people made "
            "of it; with consistency under swaps and leniency towards families of models beside it."
        ),
        measure=genai.LENGTH_BIAS,
        over="criterion",
        role="screen",
        requires=("genai", "genai.judges"),
        sources=("Zheng et al. (2023), arXiv:2306.05685",),
    )
)
