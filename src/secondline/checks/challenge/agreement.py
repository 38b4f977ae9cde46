"""How alike the champion and a challenger rank."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.agreement",
        title="How alike the champion and a challenger rank",
        purpose=(
            "Spearman's correlation of the champion's and the challenger's scores on the same rows, with the share of"
            " rows that both put into the same tenth. Two models of one AUC may still decide differently about many "
            "people."
        ),
        measure=challenge.AGREEMENT,
        over="challenger",
        role="report",
        requires=("challengers", "score"),
        sources=("Bonett and Wright (2000)",),
    )
)
