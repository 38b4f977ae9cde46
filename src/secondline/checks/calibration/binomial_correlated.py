"""Events in each grade fit draws that share one factor."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import calibration

CHECK = register(
    Check(
        code="calibration.binomial_correlated",
        title="Events in each grade fit draws that share one factor",
        purpose=(
            "The binomial test when one normal factor moves all events with asset correlation rho, 0.05 unless the "
            "plan says otherwise. With rho 0 it is the exact binomial test."
        ),
        measure=calibration.BINOMIAL_CORRELATED,
        over="band",
        role="screen",
        requires=("score", "label"),
        params={"rho": 0.05},
        sources=("BCBS working paper 14 (2005)", "Vasicek 2002"),
    )
)
