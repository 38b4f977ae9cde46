"""Applicants do not bunch on the approved side of the cut-off."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import evasion

CHECK = register(
    Check(
        code="robustness.bunching",
        title="Applicants do not bunch on the approved side of the cut-off",
        purpose=(
            "Rows are counted in narrow bands of the score on both sides of the cut-off. A smooth curve is fitted "
            "to the counts, with a jump where the decision turns; more rows just on the approved side than the "
            "curve allows is a sign that inputs are tuned to the rule."
        ),
        measure=evasion.BUNCHING,
        over="population",
        role="screen",
        requires=("decision",),
        sources=("McCrary (2008), Journal of Econometrics 142, 698",),
    )
)
