"""Series over time, with intervals and limits."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    FULL,
    MUTED,
    REFERENCE,
    Row,
    Spec,
    chart,
    limit_lines,
    mark,
    scale,
    told,
)

TALL = 150


def series(
    rows: Sequence[Row], title: str, says: str, *, limits: Sequence[float] = (), width: int = FULL, height: int = TALL
) -> Spec:
    """Return one measure by month; a change of population starts a new line, and a failed month is a diamond.

    *rows* have ``month``, ``population``, ``value``, ``low``, ``high``, ``outcome`` and ``says``.
    """
    months = sorted({row["month"] for row in rows})
    x = scale("month", None, of="ordinal", sort=months, axis={"labelAngle": 0, "labelOverlap": "greedy"})
    y = scale("value", title, axis={"tickCount": 5}, scale={"zero": False, "nice": True})
    span = {"x": x, "y": scale("low", title, scale={"zero": False}), "y2": {"field": "high"}}
    layers: list[Spec] = []
    names = list(dict.fromkeys(row["population"] for row in rows))
    for i, name in enumerate(names):
        some = [row for row in rows if row["population"] == name]
        color = CURRENT if i == len(names) - 1 else REFERENCE
        good = [row for row in some if row["outcome"] != "failed"]
        bad = [row for row in some if row["outcome"] == "failed"]
        layers += [
            mark("rule", span, data=[row for row in some if row["low"] is not None], color=color, strokeWidth=1.5),
            mark("line", {"x": x, "y": y}, data=some, color=color, strokeWidth=2),
            mark("point", {"x": x, "y": y, **told(good)}, data=good, color=color, fill=color, opacity=1, size=36),
            mark(
                "point",
                {"x": x, "y": y, **told(bad)},
                data=bad,
                color=ALERT,
                fill=ALERT,
                opacity=1,
                size=64,
                shape="diamond",
            ),
            mark(
                "text",
                {"x": x, "y": {"value": -6}, "text": {"value": name}},
                data=some[:1],
                align="left",
                dx=-3,
                baseline="bottom",
                color=MUTED,
            ),
        ]
    return chart(
        {"width": width, "height": height, "layer": [*layers, *limit_lines(limits, "y", size=width)]}, rows, says
    )
