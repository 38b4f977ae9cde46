"""The features do not stand in for a protected attribute."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.proxy",
        title="The features do not stand in for a protected attribute",
        purpose=(
            "How well all features together tell each protected group from the others, by a cross-fitted "
            "classifier. The highest AUC is quoted; the features that give the group away are named. A feature "
            "that is both telling and important needs a justification."
        ),
        measure=fairness.PROXY,
        over="protected",
        role="report",
        requires=("protected",),
        sources=("12 CFR 1002, Regulation B, on proxies", "Lopez-Paz and Oquab (2017)"),
    )
)
