"""A change loses no more than the margin."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.version_regress",
        title="A change loses no more than the margin",
        purpose=(
            "Pass rate of this configuration less that of the approved one on the same cases. The lower "
            "bound must stay above minus the margin that was set before the run. What a judge graded is corrected by "
            "people's labels on both sides; without labels on both there is no number."
        ),
        measure=genai.NONINFERIORITY,
        over="criterion",
        role="gate",
        requires=("genai", "genai.anchor"),
        sources=(
            "Miller (2024), Adding Error Bars to Evals, arXiv:2411.00640",
            "Newcombe (1998), Statistics in Medicine 17, 2635",
            "Zou and Donner (2008), Statistics in Medicine 27, 1693",
        ),
    )
)
