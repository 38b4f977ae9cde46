"""Measures of recourse: a search on the artefact joined to the statistic of what it found."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Estimate, Measured
from secondline.models.recourse import Recourse
from secondline.models.recourse import recourse as searched
from secondline.stats.explanation import recourse as statistic

OPTIMISTIC = "model.yaml declares no `reasons: changes`: every number that is not immutable was taken to be in reach"


def recourse(found: Recourse, *, level: float = 0.95) -> Measured:
    """Count the declined rows with a way to approval."""
    shared = statistic.recourse(found.cost, found.changed, found.steps, found.valid, found.names, level=level)
    if not isinstance(shared, Estimate):
        return shared
    seen = len(found.cost)
    warnings = () if found.stated else (OPTIMISTIC,)
    if seen < found.declined:
        warnings = (*warnings, f"{seen:,} of {found.declined:,} declined rows were searched")
    detail = shared.detail | {"declined": found.declined, "rows scored": found.scored, "grid": found.grid,
                              "in reach": list(found.names)}  # fmt: skip
    return shared.model_copy(update={"detail": detail, "warnings": warnings})


FOUND = derive(
    "recourse", searched, doing="searching ways to approval",
    compares=False, model=needs.Model(), rows=needs.Rows(), reference=needs.Rows(of="reference"), spec=needs.Spec(),
)  # fmt: skip
RECOURSE = Measure(recourse, unit="share", found=FOUND)
