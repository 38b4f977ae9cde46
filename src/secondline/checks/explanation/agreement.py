"""Inputs that are credited are those that move the score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import explanation

CHECK = register(
    Check(
        code="explanation.agreement",
        title="Inputs that are credited are those that move the score",
        purpose=(
            "Each input is permuted over the rows, and the mean change of the score is compared with the mean "
            "absolute contribution, as orders of the inputs. The record names inputs that are credited "
            "although permuting them changes no score, as path-dependent contributions of trees can do where "
            "inputs are correlated."
        ),
        measure=explanation.AGREEMENT,
        over="population",
        role="report",
        requires=("artefact",),
        sources=("Breiman (2001), Machine Learning 45", "Janzing, Minorics and Bloebaum (2020), AISTATS"),
    )
)
