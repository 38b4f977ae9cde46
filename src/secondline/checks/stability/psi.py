"""The distribution of each feature is stable."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.psi",
        title="The distribution of each feature is stable",
        purpose=(
            "The population stability index of each feature (also called CSI) over the reference's bins, missing "
            "values and unknown levels in bins of their own, with the value expected by chance and an interval."
        ),
        measure=stability.PSI,
        over="shift",
        role="screen",
        sources=(
            "ECB instructions for reporting the validation results of internal models (2019), 2.9.5.2",
            "Yurdakul and Naranjo 2020",
        ),
    )
)
