"""No decision rests on what may not be named."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_proxies",
        title="No decision rests on what may not be named",
        purpose=(
            "The share of declined rows one of whose strongest drivers is protected, a proxy, excluded or an "
            "artefact. If it were named the notice would be unlawful; left out, the reasons given are not the "
            "principal ones."
        ),
        measure=reasons.PROXIES,
        over="population",
        role="gate",
        requires=("artefact", "decision"),
        sources=("12 CFR 1002.4(a) and 1002.9(b)(2), Regulation B",),
    )
)
