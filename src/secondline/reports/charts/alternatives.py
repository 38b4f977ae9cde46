"""The search for less discriminatory alternatives as a picture: what each model tried gains and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    DASH,
    FAINT,
    FULL,
    INK,
    REFERENCE,
    RULE,
    Row,
    Spec,
    chart,
    mark,
    scale,
    told,
)


def frontier(rows: Sequence[Row], champion: float, margin: float, says: str, *, width: int = FULL - 70) -> Spec:
    """Return AUC difference against impact ratio of every model tried.

    *rows* have ``x`` (AUC less the champion's), ``y`` (the ratio), ``kind`` (``listed``, ``comparable`` or ``other``),
    ``name`` and ``says``; *champion* is the champion's ratio and *margin* the AUC a comparable model may lose.
    """
    x = scale("x", "AUC less the champion's", axis={"grid": True, "tickCount": 5, "format": "+.3f"},
              scale={"zero": False, "nice": False, "padding": 70})  # fmt: skip
    y = scale("y", "approval rate, group over control", axis={"tickCount": 6},
              scale={"zero": False, "nice": True, "padding": 12})  # fmt: skip
    layers = [
        mark("rule", {"x": {"datum": -margin}}, data=[{}], color=ALERT, strokeDash=DASH),
        mark("text", {"x": {"datum": -margin}, "y": {"value": -6}, "text": {"value": "comparable from here"}},
             data=[{}], align="left", baseline="bottom", color=ALERT),
        mark("rule", {"y": {"datum": champion}}, data=[{}], color=RULE, strokeWidth=2),
    ]  # fmt: skip
    for kind, color, size in (("other", FAINT, 28), ("comparable", REFERENCE, 44), ("listed", CURRENT, 80)):
        some = [row for row in rows if row["kind"] == kind]
        if some:
            layers.append(mark("point", {"x": x, "y": y, **told(some)}, data=some, filled=True, opacity=0.9,
                               color=color, size=size))  # fmt: skip
    listed = [row for row in rows if row["kind"] == "listed"]
    layers += [
        mark("text", {"x": x, "y": y, "text": {"field": "name"}}, data=listed, align="left", dx=8, baseline="middle"),
        mark("point", {"x": {"datum": 0}, "y": {"datum": champion}}, data=[{}], shape="diamond", filled=True,
             color=INK, size=110, opacity=1),
        mark("text", {"x": {"datum": 0}, "y": {"datum": champion}, "text": {"value": "champion"}}, data=[{}],
             align="right", dx=-10, dy=12, fontWeight="bold"),
    ]  # fmt: skip
    return chart({"width": width, "height": 260, "layer": layers}, [{}], says)
