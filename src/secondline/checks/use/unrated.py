"""Every row has a score."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import use

CHECK = register(
    Check(
        code="use.unrated",
        title="Every row has a score",
        purpose="The share of rows without a score: null, not a number or infinite. A count of what was delivered.",
        measure=use.UNRATED,
        over="population",
        role="gate",
        requires=("score",),
        sources=("ECB instructions for reporting the validation results of internal models (2019), 2.5.2.1",),
    )
)
