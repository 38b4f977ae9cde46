"""No region of the data is ranked much worse than its probabilities promise."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.weak_ranking",
        title="No region of the data is ranked much worse than its probabilities promise",
        purpose=(
            "The same search, for regions where the score ranks worse than its own probabilities promise there, and "
            "more so than elsewhere. A region of like risks has a low AUC under a perfect model too, so the AUC seen "
            "is set against the one implied by the probabilities; the value is what is lost in the worst region."
        ),
        measure=robustness.WEAK_RANKING,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("van Klaveren et al. (2016), Statistics in Medicine 35", "SR 26-2, outcomes analysis"),
    )
)
