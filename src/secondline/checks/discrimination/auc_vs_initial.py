"""Discrimination has not fallen below its initial value."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.auc_vs_initial",
        title="Discrimination has not fallen below its initial value",
        purpose=(
            "The ECB's S test: the initial AUC (parameter `initial`, taken as known) less the current one, over "
            "DeLong's standard error. Because the initial value was itself an estimate, the test overstates "
            "significance. Not applicable without the parameter."
        ),
        measure=discrimination.AUC_VS_INITIAL,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.4.1",),
    )
)
