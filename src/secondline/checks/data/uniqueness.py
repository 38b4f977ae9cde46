"""Each entity occurs once."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.uniqueness",
        title="Each entity occurs once",
        purpose=(
            "Rows beyond the first of their key, plus rows without a whole key, counted in the engine by key hash. "
            "Name in `entity` what should be unique: the account, or the account and the date."
        ),
        measure=data.DUPLICATES,
        over="key",
        role="gate",
        requires=("entity",),
        dimension="uniqueness",
        sources=("EBA supervisory handbook on IRB validation",),
    )
)
