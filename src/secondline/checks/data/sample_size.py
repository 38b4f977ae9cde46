"""There are enough events to decide."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import data

CHECK = register(
    Check(
        code="data.sample_size",
        title="There are enough events to decide",
        purpose=(
            "Events there are over events needed for an AUC near 0.75 to be known to plus or minus 0.03 (Hanley and "
            "McNeil 1982). Parameters `half_width` and `auc` change the need."
        ),
        measure=data.SAMPLE_SIZE,
        over="population",
        role="gate",
        requires=("label",),
        sources=("Hanley and McNeil 1982", "EBA supervisory handbook on IRB validation, par. 32c"),
    )
)
