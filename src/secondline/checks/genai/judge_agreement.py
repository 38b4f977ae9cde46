"""The judge agrees with people beyond chance."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.judge_agreement",
        title="The judge agrees with people beyond chance",
        purpose=(
            "Agreement of a judge with people corrected for chance, beside the agreement of two people with "
            "each other, which no judge can be asked to exceed."
        ),
        measure=genai.JUDGE_AGREEMENT,
        over="criterion",
        role="report",
        requires=("genai", "genai.judges"),
        sources=("Gwet (2008); Krippendorff (2011)",),
    )
)
