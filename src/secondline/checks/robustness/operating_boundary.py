"""Rows lie where development had rows like them."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import robustness

CHECK = register(
    Check(
        code="robustness.operating_boundary",
        title="Rows lie where development had rows like them",
        purpose=(
            "The share of rows in sparse regions: further from their five nearest development rows than 99 of 100 "
            "held-out development rows are, along ranks of the numbers and levels of the texts. The detail holds "
            "the boundary of every input as conditions of use that a machine can enforce, the share outside each, "
            "and what the score does beyond. soundness.extrapolation asks whether single numbers left their "
            "range; this asks whether the combination was ever seen."
        ),
        measure=robustness.OPERATING_BOUNDARY,
        over="comparison",
        role="gate",
        params={"tolerance": 0.001},
        sources=("PRA SS1/23, principle 3.3", "Ramaswamy, Rastogi and Shim (2000)"),
    )
)
