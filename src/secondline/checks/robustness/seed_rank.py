"""Scores keep their order under another seed."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="robustness.seed_rank",
        title="Scores keep their order under another seed",
        purpose=(
            "The model is built again several times with other seeds, and the scores of each are correlated by rank "
            "with the champion's. It needs no decision rule: a model whose order of customers changes with the seed "
            "has learned the seed. It runs only when you ask: `secondline validate --refit`."
        ),
        measure=reproduction.SEED_RANK,
        over="population",
        role="report",
        requires=("artefact", "reproduce"),
        sources=("Bonett and Wright 2000, Psychometrika 65",),
    )
)
