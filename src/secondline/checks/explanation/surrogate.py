"""A sum of one curve an input reproduces the score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.surrogate",
        title="A sum of one curve an input reproduces the score",
        purpose=(
            "Each input gets the curve of its mean contribution by value, learnt on half of the rows "
            "explained, and the sum of the curves is compared with the score of the other half. R squared "
            "near one says that the curves of single inputs tell what the model does; what is missing is how "
            "inputs act together."
        ),
        measure=explanation.SURROGATE,
        over="population",
        role="report",
        requires=("artefact",),
        sources=(
            "Hastie and Tibshirani (1990), Generalized Additive Models",
            "Lundberg et al. (2020), Nature Machine Intelligence 2",
        ),
    )
)
