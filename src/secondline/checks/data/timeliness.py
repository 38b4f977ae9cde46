"""No month is empty."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.timeliness",
        title="No month is empty",
        purpose=(
            "Calendar months without a row between the first and the last month of the time column. Detail has rows "
            "by month and, where the study has a date, the age of the newest row."
        ),
        measure=data.EMPTY_MONTHS,
        over="population",
        role="gate",
        requires=("time",),
        dimension="timeliness",
        sources=("EBA supervisory handbook on IRB validation", "OSFI E-23 (2027), 3.2"),
    )
)
