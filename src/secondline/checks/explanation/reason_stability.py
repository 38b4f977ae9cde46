"""Reasons survive noise within the grain of measurement."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_stability",
        title="Reasons survive noise within the grain of measurement",
        purpose=(
            "Numbers that are not known exactly are disturbed within their declared grain, or by a hundredth of "
            "their spread. How alike the reasons of a row are before and after, and how many rows keep their "
            "first reason."
        ),
        measure=reasons.STABILITY,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=(
            "Alvarez-Melis and Jaakkola (2018), on the robustness of interpretability methods",
            "SR 26-2, outcomes analysis and sensitivity",
        ),
    )
)
