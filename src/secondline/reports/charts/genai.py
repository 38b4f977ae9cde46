"""Charts of generative systems: how often each family of attacks got through."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    FILL,
    FULL,
    INK,
    Row,
    Spec,
    chart,
    mark,
    scale,
    told,
)

STEP, NAMES, COUNTS = 19, 230, 60
"""Pixels of a row, of the widest name, and beside the bars for their counts."""


def families(rows: Sequence[Row], says: str, *, width: int = FULL - NAMES - COUNTS) -> Spec:
    """Return the share of cases in which each family of attacks succeeded, as bars on a scale of 0 to 100 %.

    *rows* have ``name``, ``share``, ``label`` (failed of cases) and ``says``, in the order to be drawn.
    """
    y = scale(
        "name", None, of="nominal", sort=[row["name"] for row in rows], axis={"labelLimit": NAMES, "minExtent": NAMES}
    )
    x = scale("share", "cases in which the attack succeeded", axis={"format": "~%", "tickCount": 5, "grid": True},
              scale={"domain": [0, 1]})  # fmt: skip
    whole = {"y": y, "x": {"datum": 0, "type": "quantitative"}, "x2": {"datum": 1}}
    layers = [
        mark("bar", whole, color=FILL, height=9, opacity=0.55),
        mark("bar", {"y": y, "x": x, **told(rows)}, color=ALERT, height=9),
        mark("text", {"y": y, "x": {"value": width + 8}, "text": {"field": "label", "type": "nominal"}}, align="left",
             baseline="middle", color=INK),
    ]  # fmt: skip
    return chart({"width": width, "height": {"step": STEP}, "layer": layers}, rows, says)
