"""Reviewers catch seeded errors."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.human_effect",
        title="Reviewers catch seeded errors",
        purpose=(
            "Share of errors planted in answers that human reviewers caught, with reviewers as clusters, "
            "and their false alarms. A human in the loop is a control only as far as it catches."
        ),
        measure=genai.CATCH_RATE,
        over="population",
        role="report",
        requires=("genai", "genai.reviews"),
        sources=(
            "EU AI Act, article 14",
            "NIST AI 600-1 (July 2024), human-AI configuration",
        ),
    )
)
