"""Few scores are overridden."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import use

CHECK = register(
    Check(
        code="use.override_rate",
        title="Few scores are overridden",
        purpose="The share of rows whose score was overridden, up and down apart, with Wilson's interval.",
        measure=use.OVERRIDE_RATE,
        over="population",
        role="gate",
        requires=("score", "override"),
        sources=(
            "ECB instructions for reporting the validation results of internal models (2019), 2.5.2.2",
            "EBA supervisory handbook on the validation of rating systems (2023), 47b",
        ),
    )
)
