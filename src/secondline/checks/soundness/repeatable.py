"""The same row gets the same score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import soundness

CHECK = register(
    Check(
        code="soundness.repeatable",
        title="The same row gets the same score",
        purpose=(
            "Rows are scored twice, the second time in another order and in batches of another size. Any "
            "difference, in any bit, is counted: a score that depends on its neighbours or on chance cannot be "
            "replayed."
        ),
        measure=soundness.REPEATABLE,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=("EBA supervisory handbook on the validation of rating systems (2023), 35a",),
    )
)
