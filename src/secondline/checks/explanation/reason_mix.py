"""Share of declined applicants told the commonest first reason."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_mix",
        title="Share of declined applicants told the commonest first reason",
        purpose=(
            "How concentrated the reasons are: the share of declined rows whose first reason is the commonest. "
            "The answer holds how often each reason is given first and at all, and three decisions with what each "
            "reason contributed, without any value of a person."
        ),
        measure=reasons.MIX,
        over="population",
        role="report",
        requires=("artefact", "decision"),
        sources=("12 CFR 1002.9(b)(2), Regulation B",),
    )
)
