"""Predictions hold with few events."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.low_default",
        title="Predictions hold with few events",
        purpose=(
            "The largest ratio, over grades, of Pluto and Tasche's most prudent estimate to the prediction. It arises "
            "up to 20 events; above that the tests of each grade decide."
        ),
        measure=calibration.LOW_DEFAULT,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Pluto and Tasche 2005",),
    )
)
