"""How much the strongest inputs act together."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.interactions",
        title="How much the strongest inputs act together",
        purpose=(
            "The six strongest inputs are moved two at a time, and what a pair does beyond the sum of what "
            "each does alone is measured by H. Rows that stand for the other inputs are few, and the noise "
            "that this adds is taken off and shown as a floor, so that noise does not rank. The number is H "
            "of the pair whose joint part is largest on the scale of the score."
        ),
        measure=explanation.INTERACTIONS,
        over="population",
        role="report",
        requires=("artefact",),
        sources=("Friedman and Popescu (2008), Annals of Applied Statistics 2",),
    )
)
