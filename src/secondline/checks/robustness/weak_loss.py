"""No region of the data is predicted with too much certainty."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.weak_loss",
        title="No region of the data is predicted with too much certainty",
        purpose=(
            "The same search, for regions whose log loss exceeds what the probabilities promise there once the "
            "overall level is put right: predictions that are too far from the average in both directions, which "
            "rates alone cannot show. The value is the excess log loss a row in the worst region."
        ),
        measure=robustness.WEAK_LOSS,
        over="population",
        role="report",
        requires=("score", "label"),
        sources=("Spiegelhalter (1986), Statistics in Medicine 5",),
    )
)
