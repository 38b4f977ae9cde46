"""Retrieval finds the passages that hold the answer."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.retrieval",
        title="Retrieval finds the passages that hold the answer",
        purpose=(
            "Mean recall at k (or gain) of the passages that hold the answer, from fresh documents that the "
            "user may read. What is not retrieved cannot be answered from."
        ),
        measure=genai.RECALL,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice in validating generative systems",),
    )
)
