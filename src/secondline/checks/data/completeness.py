"""Features are complete."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.completeness",
        title="Features are complete",
        purpose=(
            "The share of rows whose value is null or not a number, feature by feature, with Wilson's interval. A "
            "high share, or one that differs between populations, asks for an explanation of how the value came to be "
            "missing."
        ),
        measure=data.MISSING,
        over="feature",
        role="screen",
        dimension="completeness",
        sources=("EBA supervisory handbook on IRB validation, par. 82", "OSFI E-23 (2027), 3.2"),
    )
)
