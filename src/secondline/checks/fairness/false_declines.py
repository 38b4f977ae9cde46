"""Those who would have paid are declined at similar rates."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import fairness

CHECK = register(
    Check(
        code="fairness.false_declines",
        title="Those who would have paid are declined at similar rates",
        purpose=(
            "Of the rows without the event, the share the decision rule declines, group less control. The highest "
            "gap is quoted, with an interval that holds for all groups at once."
        ),
        measure=fairness.FALSE_DECLINES,
        over="protected",
        role="report",
        requires=("decision", "protected", "label"),
        sources=("Hardt, Price and Srebro (2016), Equality of Opportunity in Supervised Learning",),
    )
)
