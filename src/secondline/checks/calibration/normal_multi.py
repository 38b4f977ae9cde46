"""Predictions are not too low over the years."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.normal_multi",
        title="Predictions are not too low over the years",
        purpose=(
            "The multi-period normal test of the yearly gaps of observed and predicted rates, with Student's t "
            "because their spread is estimated from few years. Undefined for fewer than two years."
        ),
        measure=calibration.NORMAL_MULTI,
        over="population",
        role="gate",
        requires=("score", "label", "time"),
        params={"period": "year"},
        sources=("BCBS working paper 14 (2005)",),
    )
)
