"""The score ranks events above non-events."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import discrimination

CHECK = register(
    Check(
        code="discrimination.auc",
        title="The score ranks events above non-events",
        purpose=(
            "The area under the ROC curve: the chance that an event scores above a non-event, ties counted one half. "
            "DeLong's variance with an interval on the logit scale. Exact by distinct score; on a grid the largest "
            "numerical error is stated and is inside the interval. Undefined with one class only."
        ),
        measure=discrimination.AUC,
        over="population",
        role="gate",
        requires=("score", "label"),
        sources=(
            "DeLong, DeLong and Clarke-Pearson 1988",
            "ECB instructions for reporting the validation results of internal models (2019), 2.5.4",
        ),
    )
)
