"""Predictions are not too low in too many years."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.traffic_lights",
        title="Predictions are not too low in too many years",
        purpose=(
            "The extended traffic light of each year, green to red, and the exact chance of colours at least this "
            "bad. At most nine years."
        ),
        measure=calibration.TRAFFIC_LIGHTS,
        over="population",
        role="gate",
        requires=("score", "label", "time"),
        params={"period": "year"},
        sources=("BCBS working paper 14 (2005)", "Blochwitz, Hohl and Wehn 2005"),
    )
)
