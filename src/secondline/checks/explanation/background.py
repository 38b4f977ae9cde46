"""The order of the inputs does not hang on the background."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.background",
        title="The order of the inputs does not hang on the background",
        purpose=(
            "Contributions compare a row with rows that stand for an absent input, and another choice of "
            "those rows gives other contributions. Some rows are explained again against other rows, and "
            "path-dependent contributions of trees against a stated background. The lowest rank correlation "
            "of the order of the inputs counts."
        ),
        measure=explanation.BACKGROUND_CHOICE,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=(
            "Janzing, Minorics and Bloebaum (2020), AISTATS",
            "Chen, Janizek, Lundberg and Lee (2020), arXiv 2006.16234",
        ),
    )
)
