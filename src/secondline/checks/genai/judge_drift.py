"""The judge grades its anchors as it did."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.judge_drift",
        title="The judge grades its anchors as it did",
        purpose=(
            "Change of a judge's verdicts on a frozen set of labelled answers since its card was approved, "
            "tested on the pairs that differ. A judge that moved moves every rate it grades."
        ),
        measure=genai.JUDGE_DRIFT,
        over="population",
        role="gate",
        requires=("genai", "genai.judges"),
        sources=("McNemar (1947)",),
    )
)
