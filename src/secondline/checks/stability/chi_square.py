"""The cells of each feature keep their shares."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.chi_square",
        title="The cells of each feature keep their shares",
        purpose=(
            "Pearson's two-sample chi-square over the reference's bins, with the bias-corrected V of Cramer as the "
            "size of the difference. Thin cells are pooled."
        ),
        measure=stability.CHI_SQUARE,
        over="shift",
        role="report",
        sources=("Agresti 2013", "Bergsma 2013"),
    )
)
