"""Charts of challengers: size against performance, swap sets, and the curves of a model that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from secondline.reports.charts.theme import (
    CURRENT,
    DASH,
    FAINT,
    FULL,
    HEIGHT,
    MUTED,
    PAPER,
    REFERENCE,
    Row,
    Spec,
    chart,
    mark,
    scale,
    told,
)

STEP = 44
ACROSS = 3
PANEL_WIDTH, PANEL_HEIGHT = 176, 110
THIRD = 1 / 3
EXTENT = {"tickCount": 4, "minExtent": 30, "maxExtent": 30}


def complexity(rows: Sequence[Row], says: str, *, champion: float) -> Spec:
    """Return AUC against the numbers a model has learnt (logarithmic), the champion's AUC as a dashed line.

    *rows* have ``name``, ``parameters``, ``auc``, ``low``, ``high``, ``role`` (champion, simple or other) and ``says``.
    """
    wide = {"type": "log", "nice": True}
    x = scale("parameters", "numbers learnt", axis={"format": "~s", "tickCount": 5}, scale=wide)
    free = {"zero": False, "nice": True}
    y = scale("auc", "AUC", axis={"tickCount": 5}, scale=free)
    layers: list[Spec] = [
        mark("rule", {"y": {"datum": champion, "type": "quantitative"}}, data=[{}], color=FAINT, strokeDash=DASH)
    ]
    ranged = [row for row in rows if row.get("low") is not None]
    spans = {"x": x, "y": scale("low", "AUC", scale=free), "y2": {"field": "high"}}
    layers.append(mark("rule", spans, data=ranged, color=REFERENCE, strokeWidth=1.5))
    looks = {
        "champion": {"shape": "diamond", "fill": CURRENT, "size": 120},
        "simple": {"shape": "circle", "fill": PAPER, "size": 70},
        "other": {"shape": "square", "fill": REFERENCE, "size": 60},
    }
    for role, look in looks.items():
        some = [row for row in rows if row["role"] == role]
        encoding = {"x": x, "y": y, **told(some)}
        if some:
            layers.append(mark("point", encoding, data=some, color=CURRENT, opacity=1, strokeWidth=1.5, **look))
    names = {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}}
    for side, below in ((-8, False), (10, True)):
        some = [row for row in rows if (row["role"] == "simple") == below]
        layers.append(mark("text", names, data=some, align="left", dx=8, dy=side, color=MUTED))
    return chart({"width": FULL - 80, "height": HEIGHT, "layer": layers}, [{}], says)


def swaps(rows: Sequence[Row], says: str, *, everyone: float | None) -> Spec:
    """Return the event rates of those whom only one model approves, two marks a challenger.

    *rows* have ``name``, ``who`` ("champion only" or "challenger only"), ``rate``, ``low``, ``high`` and ``says``;
    *everyone* is the event rate of those that both approve, as a dashed line.
    """
    order = list(dict.fromkeys(row["name"] for row in rows))
    y = scale("name", None, of="nominal", sort=order, scale={"domain": order}, axis={"labelLimit": 180})
    title, free = "event rate of those approved by one model only", {"zero": False, "nice": True}
    layers: list[Spec] = []
    if everyone is not None:
        at = {"x": {"field": "rate", "type": "quantitative"}}
        words = {**at, "y": {"value": -6}, "text": {"value": "approved by both"}}
        layers.append(mark("rule", at, data=[{"rate": everyone}], color=FAINT, strokeDash=DASH))
        layers.append(mark("text", words, data=[{"rate": everyone}], color=MUTED, baseline="bottom"))
    looks = {
        "champion only": {"color": CURRENT, "fill": CURRENT, "shape": "circle"},
        "challenger only": {"color": REFERENCE, "fill": PAPER, "shape": "square"},
    }
    for (who, look), shift in zip(looks.items(), (-THIRD, THIRD), strict=True):
        some = [row for row in rows if row["who"] == who]
        moved = {**y, "bandPosition": 0.5 + shift / 2}
        spans = {"y": moved, "x": scale("low", title, scale=free), "x2": {"field": "high"}}
        layers.append(mark("rule", spans, data=some, color=look["color"], strokeWidth=2))
        x = scale("rate", title, axis={"format": "~%", "grid": True, "tickCount": 6}, scale=free)
        layers.append(mark("point", {"y": moved, "x": x, **told(some)}, data=some, opacity=1, size=56, **look))
    body = {"width": FULL - 150, "height": {"step": STEP}, "layer": layers}
    return chart(body, [{}], says)


def curves(panels: Sequence[tuple[str, Sequence[Row]]], says: str) -> Spec:
    """Return one small panel a feature, its part in the log-odds; steps of a number, bars of attributes.

    *panels* are titles with rows: ``from``, ``to`` and ``log-odds`` for a step, ``at`` and ``log-odds`` for a bar.
    """
    drawn = [_panel(title, rows) for title, rows in panels]
    lines = [{"hconcat": drawn[i : i + ACROSS], "spacing": 24} for i in range(0, len(drawn), ACROSS)]
    return chart({"vconcat": lines, "spacing": 14}, [{}], says)


def _panel(title: str, rows: Sequence[Row]) -> Spec:
    layers = _bars(rows) if "at" in rows[0] else _steps(rows)
    head: dict[str, Any] = {"text": title, "anchor": "start", "fontSize": 11, "fontWeight": "normal"}
    return {"title": head, "width": PANEL_WIDTH, "height": PANEL_HEIGHT, "layer": layers}


def _steps(rows: Sequence[Row]) -> list[Spec]:
    free = {"zero": False, "nice": False}
    x = scale("from", None, axis={"tickCount": 4, "format": "~s"}, scale=free)
    flat = {"x": x, "x2": {"field": "to"}, "y": scale("log-odds", None, axis=EXTENT)}
    up = {"x": x, "y": scale("log-odds", None), "y2": {"field": "before"}}
    joined = [
        {"from": row["from"], "log-odds": row["log-odds"], "before": last["log-odds"]} for last, row in pairwise(rows)
    ]
    zero = mark("rule", {"y": {"datum": 0, "type": "quantitative"}}, data=[{}], color=FAINT, strokeWidth=1)
    return [
        zero,
        mark("rule", up, data=joined, color=CURRENT, strokeWidth=1),
        mark("rule", flat, data=rows, color=CURRENT, strokeWidth=2),
    ]


def _bars(rows: Sequence[Row]) -> list[Spec]:
    order = [row["at"] for row in rows]
    y = scale("at", None, of="nominal", sort=order, axis={"labelLimit": 90, "ticks": False, "domain": False})
    x = scale("log-odds", None, axis={"tickCount": 4, "grid": True})
    return [mark("bar", {"y": y, "x": x}, data=rows, color=CURRENT)]
