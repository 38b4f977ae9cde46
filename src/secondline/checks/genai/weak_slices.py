"""No slice is much weaker than the rest."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.weak_slices",
        title="No slice is much weaker than the rest",
        purpose=(
            "How far the weakest stratum, language or kind of case falls short of the rest, with the number "
            "of slices searched. A good mean can hide customers who are badly served."
        ),
        measure=genai.WEAK_SLICES,
        over="criterion",
        role="screen",
        requires=("genai",),
        sources=("Benjamini and Hochberg (1995)",),
    )
)
