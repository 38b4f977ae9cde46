"""Each class is recognised."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import genai

CHECK = register(
    Check(
        code="genai.classification",
        title="Each class is recognised",
        purpose=(
            "Mean over classes of the share of each class's cases that are classified right, so that a rare "
            "class counts as much as a frequent one."
        ),
        measure=genai.CLASSES,
        over="criterion",
        role="report",
        requires=("genai",),
        sources=("Practice in validating generative systems",),
    )
)
