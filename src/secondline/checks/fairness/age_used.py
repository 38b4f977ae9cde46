"""Age is not held against the elderly."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.age_used",
        title="Age is not held against the elderly",
        purpose=(
            "Where the artefact reads age: the share of applicants of 62 and over that would get a better score "
            "at some younger age with every other input as it is. A system that uses age may not give the age of "
            "an elderly applicant a negative value."
        ),
        measure=fairness.AGE_USED,
        over="population",
        role="report",
        requires=("artefact",),
        sources=("12 CFR 1002.6(b)(2)(ii)",),
    )
)
