"""The Brier score is what the predictions lead one to expect."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.spiegelhalter",
        title="The Brier score is what the predictions lead one to expect",
        purpose=(
            "Spiegelhalter's z, two-sided, from every distinct score and without bands: above zero, small rates are "
            "too low or large ones too high."
        ),
        measure=calibration.SPIEGELHALTER,
        over="population",
        role="screen",
        requires=("score", "label"),
        sources=("Spiegelhalter 1986",),
    )
)
