"""Scores that are called probabilities lie in [0, 1]."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.score_range",
        title="Scores that are called probabilities lie in [0, 1]",
        purpose="The number of scored and labelled rows whose score lies outside [0, 1], which no probability does.",
        measure=data.OUT_OF_RANGE,
        over="population",
        role="gate",
        requires=("score", "label"),
        dimension="validity",
        sources=("definition of a probability",),
    )
)
