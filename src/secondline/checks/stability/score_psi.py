"""The distribution of the score is stable."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.score_psi",
        title="The distribution of the score is stable",
        purpose=(
            "The population stability index of the score over ten bands cut on the reference; missing scores are a "
            "band of their own. A share below 1e-4 counts as 1e-4. The value expected when nothing has moved is "
            "stated, and the interval, not the value, meets the limit."
        ),
        measure=stability.SCORE_PSI,
        over="comparison",
        role="gate",
        requires=("score",),
        sources=(
            "ECB instructions for reporting the validation results of internal models (2019), 2.6.4.2",
            "Yurdakul and Naranjo 2020",
        ),
    )
)
