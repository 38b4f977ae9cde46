"""Whose probabilities are less surprised by the outcome."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.log_loss",
        title="Whose probabilities are less surprised by the outcome",
        purpose=(
            "The challenger's log-loss less the champion's on the same rows, in nats, with the standard error of "
            "paired differences: positive when the champion is less surprised. It punishes confident errors more than"
            " the Brier score does."
        ),
        measure=challenge.LOG_LOSS,
        over="challenger",
        role="report",
        requires=("challengers", "score", "label"),
        sources=("Good (1952)", "Diebold and Mariano (1995)"),
    )
)
