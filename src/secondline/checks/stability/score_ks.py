"""The distribution functions of the score stay together."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.score_ks",
        title="The distribution functions of the score stay together",
        purpose=(
            "The largest gap of the two distribution functions of the score (Kolmogorov and Smirnov), ties exact. Of "
            "a large population a sample is read."
        ),
        measure=stability.SCORE_KS,
        over="comparison",
        role="report",
        requires=("score",),
        sources=("Smirnov 1948",),
    )
)
