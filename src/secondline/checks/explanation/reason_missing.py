"""A missing value is told as missing."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_missing",
        title="A missing value is told as missing",
        purpose=(
            "Of the declined rows with a reason that rests on a missing value, the share told as if the value "
            "were known. A thin file needs words of its own, because nobody can mend a value that is not there."
        ),
        measure=reasons.MISSING,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=("12 CFR 1002.9(b)(2), Regulation B",),
    )
)
