"""Decisions do not change when a protected attribute or its proxies do."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.counterfactual",
        title="Decisions do not change when a protected attribute or its proxies do",
        purpose=(
            "Where the artefact reads a protected column, every row is given the control group's value; otherwise "
            "the inputs that model.yaml declares as proxies are moved to the control group's quantiles. The share "
            "of decisions that change is quoted, with their direction."
        ),
        measure=fairness.COUNTERFACTUAL,
        over="protected",
        role="report",
        requires=("artefact", "decision", "protected"),
        sources=("Kusner, Loftus, Russell and Silva (2017), Counterfactual Fairness",),
    )
)
