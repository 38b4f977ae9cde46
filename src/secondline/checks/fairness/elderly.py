"""The elderly score no worse than the most favoured younger class."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.elderly",
        title="The elderly score no worse than the most favoured younger class",
        purpose=(
            "How much riskier applicants of 62 and over score than the younger class that scores best, in "
            "standard deviations of the score. The difference may come from inputs that change with age; whether "
            "the artefact holds age itself against them is a question of its own."
        ),
        measure=fairness.ELDERLY,
        over="population",
        role="report",
        requires=("score",),
        sources=("12 CFR 1002.6(b)(2)(ii)",),
    )
)
