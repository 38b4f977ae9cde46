"""How the score moves with one input."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.effect",
        title="How the score moves with one input",
        purpose=(
            "The input is moved bin by bin over its range with all else as it is in the row (accumulated "
            "local effects), and value by value over the whole grid (partial dependence). The number is the "
            "distance from the lowest to the highest point of the first curve, or of the second for texts. "
            "Intervals are over rows, given the bins; the record holds both curves, the spread of single "
            "rows, what a missing value does, and where the rows lie."
        ),
        measure=explanation.EFFECT,
        over="input",
        role="report",
        requires=("artefact",),
        sources=(
            "Apley and Zhu (2020), JRSS B 82",
            "Friedman (2001), Annals of Statistics 29",
            "Goldstein et al. (2015), JCGS 24",
        ),
    )
)
