"""Whether a challenger ranks as well, to within a margin."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.noninferiority",
        title="Whether a challenger ranks as well, to within a margin",
        purpose=(
            "The champion's lead in AUC against a margin that was fixed before the data were read (parameter margin, "
            "0.01 unless changed), from one side. Where the upper end lies below the margin the challenger is non-"
            "inferior, and the simpler of the two may be preferred; the verdict is given in words."
        ),
        measure=challenge.NONINFERIORITY,
        over="challenger",
        role="report",
        requires=("challengers", "score", "label"),
        params={"margin": 0.01},
        sources=("Piaggio et al. (2012), JAMA 308", "DeLong, DeLong and Clarke-Pearson (1988)"),
    )
)
