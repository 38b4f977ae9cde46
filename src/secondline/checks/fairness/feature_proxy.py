"""No single input stands in for a protected attribute."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.feature_proxy",
        title="No single input stands in for a protected attribute",
        purpose=(
            "How well one input alone tells each protected group from the others, asked only of inputs that the "
            "model uses: permuting an input must cost it ranking. An input that is both telling and important "
            "needs a justification. The p-values are controlled for the many inputs."
        ),
        measure=fairness.FEATURE_PROXY,
        over="input",
        role="screen",
        requires=("artefact", "protected"),
        sources=("12 CFR 1002, Regulation B, on proxies", "DeLong et al. (1988), Biometrics 44"),
    )
)
