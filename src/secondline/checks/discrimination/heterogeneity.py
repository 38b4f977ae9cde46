"""Neighbouring grades differ."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.heterogeneity",
        title="Neighbouring grades differ",
        purpose=(
            "The share of neighbouring grades that cannot be told apart (one-sided two-proportion tests, Holm). Few "
            "rows leave grades unseparated whatever they are."
        ),
        measure=discrimination.NOT_SEPARATED,
        over="population",
        role="gate",
        requires=("score", "label", "grade"),
        sources=("EBA supervisory handbook on IRB validation, par. 43b",),
    )
)
