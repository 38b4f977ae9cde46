"""What each input contributes to the scores."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.attribution",
        title="What each input contributes to the scores",
        purpose=(
            "Every score is split into what each input contributed, so that the parts add up to the score. "
            "The number is the mean absolute contribution of one input over the rows explained, in log-odds "
            "where the score is a probability, with its interval over the rows, its share of all inputs, its "
            "rank and its direction. The record says by which method, against how many background rows, and "
            "on which scale."
        ),
        measure=explanation.ATTRIBUTION,
        over="input",
        role="report",
        requires=("artefact",),
        sources=("Lundberg et al. (2020), Nature Machine Intelligence 2", "SR 26-2, conceptual soundness"),
    )
)
