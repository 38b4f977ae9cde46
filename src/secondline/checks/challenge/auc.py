"""No challenger fitted here ranks clearly better."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.auc",
        title="No challenger fitted here ranks clearly better",
        purpose=(
            "The champion's AUC less that of a challenger fitted on the reference population, on the same rows of a "
            "population that challenger has not seen, by DeLong's paired variance: negative when the challenger ranks"
            " better. Judged as non-inferiority of the champion: the whole interval must lie above the margin."
        ),
        measure=challenge.AUC,
        over="challenger",
        role="gate",
        requires=("challengers", "score", "label"),
        sources=("DeLong, DeLong and Clarke-Pearson (1988)", "SR 26-2, benchmarking"),
    )
)
