"""The same applicant gets the same reasons."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_determinism",
        title="The same applicant gets the same reasons",
        purpose=(
            "Declined rows are explained again in another order and in batches of another size. The share of rows "
            "whose codes, or their order, differ. A reason that depends on the neighbours in the queue is none."
        ),
        measure=reasons.DETERMINISM,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=(
            "12 CFR 1002.9(b)(2), Regulation B",
            "SR 26-2, process verification",
        ),
    )
)
