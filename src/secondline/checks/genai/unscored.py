"""Graders can read the answers."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.unscored",
        title="Graders can read the answers",
        purpose=(
            "Share of answers that no grader could score. They count neither as passes nor as failures, and "
            "beyond a few in a hundred the rate says little."
        ),
        measure=genai.UNSCORED,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice: a parse failure is an outcome of its own",),
    )
)
