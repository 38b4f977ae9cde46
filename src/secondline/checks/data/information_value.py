"""Features carry information beyond noise."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.information_value",
        title="Features carry information beyond noise",
        purpose=(
            "The information value over the reference's bins, with the value that pure noise of this size would give "
            "and a chi-square p-value. Rules of thumb that ignore the noise call many empty features predictive in "
            "small samples."
        ),
        measure=data.INFORMATION_VALUE,
        over="feature",
        role="report",
        requires=("label",),
        sources=("E[IV | no signal] = (B - 1)(1/n_g + 1/n_e)",),
    )
)
