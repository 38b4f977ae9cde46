"""Each feature resembles the reference within a tolerance."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.resemblance",
        title="Each feature resembles the reference within a tolerance",
        purpose=(
            "Is the difference of shares more than tolerated (0.10 unless the plan says otherwise)? Many rows alone "
            "raise no alarm, because equality is not asked."
        ),
        measure=stability.RESEMBLANCE,
        over="shift",
        role="screen",
        params={"tolerance": 0.1},
        sources=("Potgieter, van Zyl, Schutte and Lombard 2025",),
    )
)
