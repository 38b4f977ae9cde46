"""Near-equal applicants of different groups score alike."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.matched_pairs",
        title="Near-equal applicants of different groups score alike",
        purpose=(
            "Applicants of each protected group are paired with the nearest applicants of the control group on "
            "all features, and the mean difference of their scores is quoted with the discordant decisions. It "
            "speaks of where the groups overlap, and says how many found no match."
        ),
        measure=fairness.MATCHED_PAIRS,
        over="protected",
        role="report",
        requires=("protected", "score"),
        sources=("Rubin (1973), Biometrics 29", "McNemar (1947), Psychometrika 12"),
    )
)
