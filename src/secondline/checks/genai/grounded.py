"""Answers rest on the passages they were given."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.grounded",
        title="Answers rest on the passages they were given",
        purpose=(
            "Share of answers of which every material claim is supported by the passages retrieved. An "
            "answer that invents one fact is not grounded, however many others it has right; the share of "
            "claims stands beside it. By rule, or by a judge that is asked claim by claim and corrected by labels."
        ),
        measure=genai.CLAIMS,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("NIST AI 600-1 (July 2024), confabulation",),
    )
)
