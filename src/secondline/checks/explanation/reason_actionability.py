"""Share of reasons no applicant can act on."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_actionability",
        title="Share of reasons no applicant can act on",
        purpose=(
            "Of all reasons given, the share that speak only of features model.yaml declares immutable, such as "
            "the length of a history, with its error read between rows. Such a reason can be true and still be of "
            "no help."
        ),
        measure=reasons.ACTIONABILITY,
        over="population",
        role="report",
        requires=("artefact", "decision"),
        sources=("12 CFR 1002.9(b)(2), Regulation B",),
    )
)
