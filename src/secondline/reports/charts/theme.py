"""The look of every chart: one palette, one font, direct labels, legible in greyscale and on paper.

Colours differ in lightness as well as in hue, and whatever a colour says is said by a shape, a label or a place too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
Row = Mapping[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
# Liberation Sans has Arial's metrics and comes with the converter, so that text is measured alike on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK = "#1c2733"
MUTED = "#5b6875"
FAINT = "#97a3af"
RULE = "#e3e8ed"
FILL = "#dbe2e9"
PAPER = "#ffffff"
CURRENT = "#1b5e97"
REFERENCE = "#8b98a5"
ALERT = "#b5401a"
OUTCOMES = {
    "passed": "#a9cdb9",
    "inconclusive": "#d9a441",
    "failed": "#a3281f",
    "errored": "#40245c",
    "not_applicable": "#e4e9ee",
}
ON_OUTCOME = {"passed": INK, "inconclusive": INK, "failed": PAPER, "errored": PAPER, "not_applicable": MUTED}

FULL = 640
HALF = 296
HEIGHT = 240
DASH = [4, 3]

CONFIG: Spec = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "domainColor": FAINT,
        "tickColor": FAINT,
        "tickSize": 4,
        "gridColor": RULE,
        "labelColor": MUTED,
        "labelFontSize": 11,
        "labelPadding": 4,
        "labelLimit": 220,
        "titleColor": INK,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
    "text": {"fontSize": 11, "color": INK},
    "legend": {"disable": True},
}


def chart(body: Spec, rows: Sequence[Row], says: str) -> Spec:
    """Return a whole specification: *body* in the house style over *rows*; *says* describes it in words."""
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": 4,
        "description": says,
        "config": CONFIG,
        "data": {"values": list(rows)},
        **body,
    }


def scale(field: str, title: str | None = None, *, of: str = "quantitative", **more: Any) -> Spec:
    """Return a position channel: *field* with its axis *title*; ``axis`` and other parts may be given."""
    axis = more.pop("axis", {})
    return {"field": field, "type": of, "axis": None if axis is None else {"title": title, **axis}, **more}


def mark(kind: str, encoding: Spec, *, data: Sequence[Row] | None = None, **look: Any) -> Spec:
    """Return one layer; marks without a ``description`` are decoration that screen readers skip."""
    layer: Spec = {"mark": {"type": kind, "aria": "description" in encoding, **look}, "encoding": encoding}
    return layer if data is None else {"data": {"values": list(data)}, **layer}


def told(rows: Sequence[Row]) -> Spec:
    """Return the channels that say a mark in words and lead to its evidence, where *rows* know them."""
    channels: Spec = {"description": {"field": "says", "type": "nominal"}}
    if rows and all(row.get("href") for row in rows):
        channels["href"] = {"field": "href", "type": "nominal"}
    return channels


def limit_lines(limits: Sequence[float], channel: str, label: str = "limit", size: int = 0) -> list[Spec]:
    """Return dashed lines at *limits* across the other axis, each labelled at its end."""
    data = [{"limit": limit, "label": label if i == 0 else ""} for i, limit in enumerate(limits)]
    if not data:
        return []
    line = mark("rule", {channel: {"field": "limit", "type": "quantitative"}}, data=data, color=ALERT, strokeDash=DASH)
    at = {"x": "y", "y": "x"}[channel]
    ends = {"y": {"value": -6}} if at == "y" else {"x": {"value": size}}
    look = (
        {"baseline": "bottom", "align": "center"} if at == "y" else {"align": "right", "baseline": "bottom", "dy": -3}
    )
    encoding = {
        channel: {"field": "limit", "type": "quantitative"},
        **ends,
        "text": {"field": "label", "type": "nominal"},
    }
    return [line, mark("text", encoding, data=data, color=ALERT, **look)]


def key(entries: Sequence[tuple[str, str, bool]], *, x: float, y: float) -> list[Spec]:
    """Return a small key inside the plot, at pixels (x, y); *entries* are label, colour and whether it is dashed."""
    layers: list[Spec] = []
    for i, (label, color, dashed) in enumerate(entries):
        top = {"value": y + 16 * i}
        dash: Spec = {"strokeDash": DASH} if dashed else {}
        sample = {"x": {"value": x}, "x2": {"value": x + 18}, "y": top}
        text = {"x": {"value": x + 24}, "y": top, "text": {"value": label}}
        layers += [
            mark("rule", sample, data=[{}], color=color, strokeWidth=2, **dash),
            mark("text", text, data=[{}], align="left", baseline="middle", color=INK),
        ]
    return layers
