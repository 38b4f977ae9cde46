"""Groups known by probability only are approved alike."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.probabilistic_gap",
        title="Groups known by probability only are approved alike",
        purpose=(
            "The gap in approval between groups that are not recorded but estimated, for instance from surname "
            "and place (BISG). Where the true group of some rows is known the proxy is corrected by them; "
            "otherwise the interval is all that the proxy allows, because a weighted estimate is biased by an "
            "unknown amount."
        ),
        measure=fairness.PROBABILISTIC_GAP,
        over="population",
        role="report",
        requires=("decision",),
        sources=(
            "Chen, Kallus, Mao, Svacha and Udell (2019), Fairness under unawareness",
            "Kallus, Mao and Zhou (2022), Management Science 68",
        ),
    )
)
