"""Answers are right."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.task_quality",
        title="Answers are right",
        purpose=(
            "Share of cases that pass a criterion of quality, with an interval that knows clusters and "
            "replicates. A judge's verdicts count only as people's labels correct them."
        ),
        measure=genai.RATE,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=(
            "Miller (2024), Adding Error Bars to Evals, arXiv:2411.00640",
            "Chen et al. (2026), arXiv:2601.05420",
        ),
    )
)
