"""Observed and predicted events agree over bands."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.hosmer_lemeshow",
        title="Observed and predicted events agree over bands",
        purpose=(
            "Hosmer and Lemeshow's chi-square with as many degrees of freedom as bands, because the data were not "
            "used to fit the model; set in_sample for g - 2. It grows with the rows: read the slope beside it."
        ),
        measure=calibration.HOSMER_LEMESHOW,
        over="population",
        role="screen",
        requires=("score", "label"),
        params={"in_sample": False},
        sources=("Hosmer and Lemeshow 1980",),
    )
)
