"""No month is far from the reference."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.psi_by_period",
        title="No month is far from the reference",
        purpose=(
            "The largest index of any month of the population against the whole reference, over grades or score "
            "bands, with intervals for all months together (Bonferroni)."
        ),
        measure=stability.PSI_BY_PERIOD,
        over="comparison",
        role="gate",
        requires=("score", "time"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.6.4.2",),
    )
)
