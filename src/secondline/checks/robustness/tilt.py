"""How ranking holds when the mix of rows shifts."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.tilt",
        title="How ranking holds when the mix of rows shifts",
        purpose=(
            "The rows are reweighted so that one number after another shifts by half or one standard deviation "
            "either way, with what goes with it; the lowest AUC over all of these, with observed over predicted "
            "and the effective rows of every shift. It shows what a change of mix alone would do, before it "
            "happens."
        ),
        measure=robustness.TILT,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Sugiyama, Krauledat and Mueller (2007), JMLR 8",),
    )
)
