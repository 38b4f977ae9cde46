"""Kendall's tau-b."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.kendall_tau",
        title="Kendall's tau-b",
        purpose="Kendall's rank correlation (tau-b) of score and outcome, with ties allowed for on both sides.",
        measure=discrimination.KENDALL_TAU,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
