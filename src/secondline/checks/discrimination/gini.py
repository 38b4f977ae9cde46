"""Gini coefficient."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.gini",
        title="Gini coefficient",
        purpose="Twice the AUC less one: the accuracy ratio of the CAP curve, reported because many read it first.",
        measure=discrimination.GINI,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
