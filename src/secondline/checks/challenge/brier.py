"""Whose probabilities are nearer to the outcome."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import challenge

CHECK = register(
    Check(
        code="challenge.brier",
        title="Whose probabilities are nearer to the outcome",
        purpose=(
            "The challenger's Brier score less the champion's on the same rows, with the standard error of paired "
            "differences: positive when the champion's probabilities are nearer to what happened. It joins ranking "
            "and calibration, so a well-ranking champion that is out of calibration may lose here."
        ),
        measure=challenge.BRIER,
        over="challenger",
        role="report",
        requires=("challengers", "score", "label"),
        sources=("Brier (1950)", "Diebold and Mariano (1995)"),
    )
)
