"""Charts of what inputs do: how strong they are, how contributions spread, and the curves of one input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from secondline.reports.charts.theme import (
    CURRENT,
    DASH,
    FAINT,
    FILL,
    FULL,
    HALF,
    MUTED,
    REFERENCE,
    Row,
    Spec,
    chart,
    key,
    mark,
    scale,
    told,
)

STEP = 20
TICK = "abs(datum.value) < 1000 ? format(datum.value, '.2~f') : format(datum.value, '.2~s')"
PALE, DARK = "#b7cbe0", "#10395f"
NAMES = {"labelFontSize": 11, "labelLimit": 170}


def strengths(rows: Sequence[Row], title: str, says: str, *, width: int = FULL - 250) -> Spec:
    """Return inputs by mean absolute contribution, largest first, with intervals and the way each works.

    *rows* have ``name``, ``value``, ``low``, ``high``, ``way`` (a word or two) and ``says``.
    """
    order = [row["name"] for row in rows]
    top = max((row["high"] for row in rows), default=1.0) * 1.05 or 1.0
    domain = {"domain": [0, top], "nice": False}
    y = scale("name", None, of="nominal", sort=order, axis=NAMES)
    x = scale("value", title, axis={"grid": True, "tickCount": 6}, scale=domain)
    end = {"y": y, "x": {"value": width + 10}, "text": {"field": "way", "type": "nominal"}}
    layers = [
        mark("bar", {"y": y, "x": x, **told(rows)}, color=FILL, height=12),
        mark(
            "rule",
            {"y": y, "x": scale("low", title, scale=domain), "x2": {"field": "high"}},
            color=CURRENT,
            strokeWidth=3,
        ),
        mark("text", end, align="left", baseline="middle", color=MUTED),
    ]
    return chart({"width": width, "height": {"step": STEP}, "layer": layers}, rows, says)


def swarm(rows: Sequence[Row], names: Sequence[str], title: str, says: str, *, width: int = FULL - 170) -> Spec:
    """Return the spread of contributions of each input: the area of a dot is its share of rows, dark is a high value.

    *rows* have ``name``, ``at``, ``share``, ``rank`` (0 to 1, None for texts) and ``says``.
    """
    y = scale("name", None, of="nominal", sort=list(names), axis={**NAMES, "grid": True})
    x = scale("at", title, axis={"grid": False, "tickCount": 7}, scale={"zero": True, "nice": True})
    size = {"field": "share", "type": "quantitative", "scale": {"range": [5, 420], "domain": [0, 0.6]}}
    shade = {"field": "rank", "type": "quantitative", "scale": {"domain": [0, 1], "range": [PALE, DARK]}}
    ranked, plain = [r for r in rows if r["rank"] is not None], [r for r in rows if r["rank"] is None]
    zero = {"x": scale("zero", title)}
    layers = [
        mark("rule", zero, data=[{"zero": 0.0}], color=FAINT, strokeWidth=1),
        mark("circle", {"y": y, "x": x, "size": size, "color": shade, **told(ranked)}, data=ranked, opacity=1),
        mark("circle", {"y": y, "x": x, "size": size, **told(plain)}, data=plain, opacity=1, color=FAINT),
        *_shades(width),
    ]
    return chart({"width": width, "height": {"step": 24}, "layer": layers}, [{}], says)


def _shades(width: int) -> list[Spec]:
    layers: list[Spec] = []
    for left, color, label in ((width - 150, PALE, "low value"), (width - 72, DARK, "high value")):
        dot = {"x": {"value": left}, "y": {"value": -10}}
        text = {"x": {"value": left + 9}, "y": {"value": -10}, "text": {"value": label}}
        layers += [
            mark("point", dot, data=[{}], shape="circle", size=60, color=color, fill=color, opacity=1),
            mark("text", text, data=[{}], align="left", baseline="middle"),
        ]
    return layers


def curves(
    ale: Sequence[Row], pdp: Sequence[Row], title: str, says: str, *, reach: tuple[float, float], log: float = 0.0,
    ticks: Sequence[float] = (), width: int = HALF - 46, height: int = 140,
) -> Spec:  # fmt: skip
    """Return the curves of a number: ALE with its band, PDP dashed, and a mark for each twentieth of the rows.

    *ale* and *pdp* have ``x``, ``value``, ``low`` and ``high``; *reach* is the range of the vertical axis, and *log*
    the width around 0 that a logarithmic axis leaves linear (0 for a linear axis).
    """
    kind: dict[str, Any] = {"type": "symlog", "constant": log} if log else {"zero": False}
    x = scale("x", title, axis={"values": list(ticks), "labelExpr": TICK, "labelOverlap": "greedy"}, scale=kind)
    domain = {"domain": list(reach), "nice": False}
    y = scale("value", None, axis={"tickCount": 4}, scale=domain)
    band = {"x": x, "y": scale("low", None, scale=domain), "y2": {"field": "high"}}
    rug = {"x": x, "y": {"value": height}, "y2": {"value": height - 6}}
    zero = {"y": scale("zero", None, scale=domain)}
    layers = [
        mark("rule", zero, data=[{"zero": 0.0}], color=FAINT, strokeWidth=1),
        mark("area", band, data=ale, color=FILL, opacity=1),
        mark("line", {"x": x, "y": y}, data=pdp, color=REFERENCE, strokeWidth=1.5, strokeDash=DASH),
        mark("line", {"x": x, "y": y, "description": {"value": says}}, data=ale, color=CURRENT, strokeWidth=2),
        mark("rule", rug, data=ale, color=MUTED, strokeWidth=1),
        *key([("ALE", CURRENT, False), ("PDP", REFERENCE, True)], x=8, y=8),
    ]
    return chart({"width": width, "height": height, "layer": layers}, [{}], says)


def levels(
    rows: Sequence[Row], title: str, says: str, *, reach: tuple[float, float], width: int = HALF - 46, height: int = 140
) -> Spec:
    """Return the partial dependence of each text of a column, with intervals; *rows* as for PDP, ``x`` being texts."""
    order = [row["x"] for row in rows]
    domain = {"domain": list(reach), "nice": False}
    x = scale("x", title, of="nominal", sort=order, axis={"labelAngle": -30, "labelLimit": 80})
    y = scale("value", None, axis={"tickCount": 4}, scale=domain)
    span = {"x": x, "y": scale("low", None, scale=domain), "y2": {"field": "high"}}
    layers = [
        mark("rule", {"y": scale("zero", None, scale=domain)}, data=[{"zero": 0.0}], color=FAINT, strokeWidth=1),
        mark("rule", span, data=rows, color=CURRENT, strokeWidth=2),
        mark("point", {"x": x, "y": y, "description": {"value": says}}, data=rows, color=CURRENT, fill=CURRENT,
             opacity=1, size=40),
    ]  # fmt: skip
    return chart({"width": width, "height": height, "layer": layers}, [{}], says)
