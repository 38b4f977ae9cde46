"""No challenger ranks clearly better."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.challenger",
        title="No challenger ranks clearly better",
        purpose=(
            "The champion's AUC less the challenger's on the same rows, by DeLong's paired variance: negative when "
            "the challenger ranks better. Judged as non-inferiority: the whole interval must lie above the margin."
        ),
        measure=discrimination.CHALLENGER,
        over="population",
        role="gate",
        requires=("score", "label", "challenger"),
        sources=("DeLong, DeLong and Clarke-Pearson 1988",),
    )
)
