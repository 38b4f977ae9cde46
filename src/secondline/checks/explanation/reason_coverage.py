"""Every declined applicant gets specific reasons."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_coverage",
        title="Every declined applicant gets specific reasons",
        purpose=(
            "The share of declined rows that get at least one and at most the declared number of reasons, each in "
            "words that model.yaml gives it. What declined them may be the score, a rule or a person. A reason "
            "told only by the name of a column is not in words."
        ),
        measure=reasons.COVERAGE,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=(
            "12 CFR 1002.9(a)(2) and (b)(2), Regulation B",
            "FCRA 615(a), 15 USC 1681m",
        ),
    )
)
