"""Overrides do not make the ranking worse."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.override_effect",
        title="Overrides do not make the ranking worse",
        purpose="The AUC after overrides less the AUC before, on the same rows, by DeLong's paired variance.",
        measure=discrimination.OVERRIDE_EFFECT,
        over="population",
        role="gate",
        requires=("score", "label", "override"),
        sources=("EBA supervisory handbook on IRB validation, par. 46-47",),
    )
)
