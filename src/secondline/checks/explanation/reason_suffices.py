"""Share of declined applicants whose reasons, put right, would turn the decision."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_suffices",
        title="Share of declined applicants whose reasons, put right, would turn the decision",
        purpose=(
            "The share of declined rows that would be approved if every driver given as a reason were as the "
            "reference applicants have it, beside the same for drivers drawn at random. It tells how much of a "
            "decision its reasons explain."
        ),
        measure=reasons.SUFFICES,
        over="population",
        role="report",
        requires=("artefact", "decision"),
        sources=("Regulation B, comment 9(b)(2)-1: more than four reasons are not likely to help the applicant",),
    )
)
