"""Somers' D."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.somers_d",
        title="Somers' D",
        purpose=(
            "Concordant less discordant pairs over all pairs of an event and a non-event: equal to the Gini "
            "coefficient when ties count one half."
        ),
        measure=discrimination.SOMERS_D,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("BCBS working paper 14 (2005)",),
    )
)
