"""No new levels appear."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import stability

CHECK = register(
    Check(
        code="stability.new_categories",
        title="No new levels appear",
        purpose=(
            "The change of the share of rows with a level that the reference does not list. Numeric columns have none."
        ),
        measure=stability.NEW_CATEGORIES,
        over="shift",
        role="screen",
        sources=("Newcombe 1998",),
    )
)
