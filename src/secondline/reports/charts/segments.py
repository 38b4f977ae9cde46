"""Forest plots: one estimate a level, with its interval, against the limit and the whole population."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    FAINT,
    MUTED,
    PAPER,
    REFERENCE,
    Row,
    Spec,
    chart,
    limit_lines,
    mark,
    scale,
    told,
)

STEP = 20
PANEL = 232
SHAPES = {"passed": "circle", "failed": "diamond", "inconclusive": "circle", "not_applicable": "circle"}


def forest(
    panels: Sequence[tuple[str, Sequence[Row], Sequence[float]]], says: str, *, width: int = PANEL, alike: bool = False
) -> Spec:
    """Return panels side by side that share their levels; each panel is a title, its rows and its limits.

    Panels that are *alike* share their scale too, so that lengths compare.

    *rows* have ``name``, ``value``, ``low``, ``high``, ``outcome``, ``says`` and, where known, ``before``: the value of
    the reference. A failed level is a filled diamond, an inconclusive one a hollow circle, a passed one a filled one.
    """
    order = list(dict.fromkeys(row["name"] for _, rows, _ in panels for row in rows))
    ends = [end for _, rows, limits in panels for row in rows for end in (row["low"], row["high"], *limits)]
    domain = [min(ends), max(ends)] if alike and ends else None
    concat = [
        _panel(title, rows, limits, order, domain, first=i == 0, width=width)
        for i, (title, rows, limits) in enumerate(panels)
    ]
    return chart({"hconcat": concat, "spacing": 28, "bounds": "flush"}, [{}], says)


def _panel(
    title: str,
    rows: Sequence[Row],
    limits: Sequence[float],
    order: Sequence[str],
    domain: Sequence[float] | None,
    *,
    first: bool,
    width: int,
) -> Spec:
    y = scale(
        "name",
        None,
        of="nominal",
        sort=list(order),
        scale={"domain": list(order)},
        axis={"labels": first, "labelLimit": 180},
    )
    zero: Spec = {"zero": False, "nice": True} | ({"domain": list(domain)} if domain else {})
    x = scale("value", title, axis={"grid": True, "tickCount": 5}, scale=zero)
    layers: list[Spec] = [
        mark(
            "rule",
            {"y": y, "x": scale("low", title, scale=zero), "x2": {"field": "high"}},
            data=rows,
            color=CURRENT,
            strokeWidth=2,
        )
    ]
    before = [row for row in rows if row.get("before") is not None]
    if before:
        encoding = {"y": y, "x": scale("before", title, scale=zero)}
        layers.append(mark("tick", encoding, data=before, color=REFERENCE, thickness=2, height=11))
    for outcome in dict.fromkeys(row["outcome"] for row in rows):
        some = [row for row in rows if row["outcome"] == outcome]
        color = ALERT if outcome == "failed" else CURRENT
        fill = PAPER if outcome == "inconclusive" else FAINT if outcome == "not_applicable" else color
        look = {
            "shape": SHAPES.get(outcome, "circle"),
            "color": color,
            "fill": fill,
            "size": 70 if outcome == "failed" else 46,
        }
        layers.append(mark("point", {"y": y, "x": x, **told(some)}, data=some, opacity=1, strokeWidth=1.5, **look))
    layers += limit_lines(limits, "x")
    if before:
        at = {"x": {"value": width}, "y": {"value": -6}, "text": {"value": "| reference"}}
        layers.append(mark("text", at, data=[{}], align="right", baseline="bottom", color=MUTED))
    return {"width": width, "height": {"step": STEP}, "layer": layers}
