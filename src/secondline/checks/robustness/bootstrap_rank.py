"""Scores keep their order when rows are sampled again."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="robustness.bootstrap_rank",
        title="Scores keep their order when rows are sampled again",
        purpose=(
            "The model is built again from rows of its snapshot drawn with replacement, and the scores of each are "
            "correlated by rank with the champion's: how far the order of customers is settled by the sample. It "
            "runs only when you ask: `secondline validate --refit`."
        ),
        measure=reproduction.BOOTSTRAP_RANK,
        over="population",
        role="report",
        requires=("artefact", "reproduce"),
        sources=("Bonett and Wright 2000, Psychometrika 65",),
    )
)
