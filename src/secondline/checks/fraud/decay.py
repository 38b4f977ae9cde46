"""Detection lasts after training."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fraud

CHECK = register(
    Check(
        code="fraud.decay",
        title="Detection lasts after training",
        purpose=(
            "Share of the value detection rate that is lost in a week since training, fitted to all weeks at once "
            "with the value as weight. The half-life in the detail tells how often to train again."
        ),
        measure=fraud.DECAY,
        over="population",
        role="report",
        requires=("fraud", "label", "time", "fraud.trained_to"),
        params={"mature": 0.9},
        sources=("Wedderburn (1974), Biometrika 61", "Liang and Zeger (1986), Biometrika 73"),
    )
)
