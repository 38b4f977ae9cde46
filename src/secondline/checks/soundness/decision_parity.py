"""The artefact decides every row as it was decided."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reproduction

CHECK = register(
    Check(
        code="soundness.decision_parity",
        title="The artefact decides every row as it was decided",
        purpose=(
            "The artefact scores the rows again, and the declared decision rule is applied to its scores and to the "
            "recorded ones. A difference too small for the tolerance of scores can still turn a decision at the "
            "cut-off, so decisions are counted apart. Without any difference the interval says what share of cases "
            "these rows rule out."
        ),
        measure=reproduction.DECISION_PARITY,
        over="population",
        role="gate",
        requires=("artefact", "decision", "score"),
        sources=(
            "EBA supervisory handbook on the validation of rating systems (2023), 85b",
            "Hanley and Lippman-Hand 1983",
        ),
    )
)
