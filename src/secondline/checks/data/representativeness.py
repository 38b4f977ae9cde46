"""The populations cannot be told apart."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.representativeness",
        title="The populations cannot be told apart",
        purpose=(
            "The AUC with which a cross-fitted ridge logistic regression on all features tells current rows from "
            "reference rows: 0.5 when they are alike. Detail names the features that separate them. A shift in the "
            "joint distribution shows here even when every margin is stable."
        ),
        measure=data.DOMAIN_AUC,
        over="comparison",
        role="gate",
        dimension="accuracy",
        sources=("EBA supervisory handbook on IRB validation, par. 44d and 49d", "Lopez-Paz and Oquab 2017"),
    )
)
