"""Event rates rise with the bands."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.rank_order",
        title="Event rates rise with the bands",
        purpose=(
            "Neighbouring grades (or tenths of the score cut on the reference) whose event rates fall as the score "
            "rises, beyond chance: one-sided two-proportion tests, Holm over the pairs. Harmless reversals are listed "
            "in the detail."
        ),
        measure=discrimination.REVERSALS,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("EBA supervisory handbook on IRB validation, par. 47d",),
    )
)
