"""Production gives the recorded scores."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="soundness.production_parity",
        title="Production gives the recorded scores",
        purpose=(
            "Where model.yaml names a column with the score that production gave for the same row, the share of rows "
            "on which it differs from the recorded score by more than 1e-6 is counted. It needs no artefact, and so "
            "serves a model that cannot be opened. At least 10,000 rows are customary."
        ),
        measure=reproduction.PRODUCTION_PARITY,
        over="population",
        role="gate",
        requires=("score", "production"),
        params={"tolerance": 1e-06},
        sources=("EBA supervisory handbook on the validation of rating systems (2023), 85b", "OSFI E-23 (2027), 3.5"),
    )
)
