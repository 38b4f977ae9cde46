"""Charts of change between populations."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    CURRENT,
    FILL,
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

STEP = 20


def ranking(
    rows: Sequence[Row], says: str, *, noise: float = 0.0, limits: Sequence[float] = (), width: int = FULL - 90
) -> Spec:
    """Return a dot plot, largest first: the index with its interval, the noise to expect without change, and the limit.

    *rows* have ``name``, ``value``, ``says`` and, where known, ``low`` and ``high``.
    """
    order = [row["name"] for row in rows]
    top = max([*(row.get("high") or row["value"] for row in rows), *limits[:1], noise], default=1.0) * 1.08
    domain = {"domain": [0, top], "nice": False}
    y = scale("name", None, of="nominal", sort=order, axis={"labelFontSize": 11})
    x = scale("value", "index of change", axis={"grid": True, "tickCount": 6}, scale=domain)
    layers: list[Spec] = []
    if noise:
        floor = [{"from": 0.0, "to": noise}]
        layers.append(
            mark(
                "rect",
                {"x": scale("from", "index of change", scale=domain), "x2": {"field": "to"}},
                data=floor,
                color=FILL,
            )
        )
    intervals = [row for row in rows if row.get("low") is not None]
    layers += [
        mark(
            "rule",
            {"y": y, "x": scale("low", "index of change", scale=domain), "x2": {"field": "high"}},
            data=intervals,
            color=CURRENT,
            strokeWidth=2,
        ),
        mark("point", {"y": y, "x": x, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=46),
        *limit_lines([limit for limit in limits if limit <= top], "x"),
    ]
    if noise:
        at = {"x": {"value": 0}, "y": {"value": -6}, "text": {"value": "noise"}}
        layers.append(mark("text", at, data=[{}], align="left", baseline="bottom", color=MUTED))
    return chart({"width": width, "height": {"step": STEP}, "layer": layers}, rows, says)


def shift(rows: Sequence[Row], says: str, *, width: int = FULL, height: int = 170) -> Spec:
    """Return the distribution of one column: wide pale bars for the reference, narrow dark ones for the current rows.

    *rows* have ``label``, ``reference``, ``current`` and ``says``.
    """
    order = [row["label"] for row in rows]
    many = len(rows) > 6 or max((len(str(label)) for label in order), default=0) > 12  # noqa: PLR2004 - what fits a label
    step = width / max(len(rows), 1)
    axis = {"labelAngle": -40 if many else 0, "labelLimit": 110}
    x = scale("label", None, of="ordinal", sort=order, axis=axis)
    percent = {"format": "~%", "tickCount": 4}
    layers = [
        mark(
            "bar",
            {"x": x, "y": scale("reference", "share of rows", axis=percent)},
            color=FILL,
            width=min(step * 0.78, 46),
        ),
        mark(
            "bar",
            {"x": x, "y": scale("current", "share of rows", axis=percent), **told(rows)},
            color=CURRENT,
            width=min(step * 0.34, 20),
        ),
        *_swatches(width),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def _swatches(width: int) -> list[Spec]:
    layers: list[Spec] = []
    for i, (label, color) in enumerate((("reference", FILL), ("current", CURRENT))):
        left, top = width - 150 + 84 * i, -12
        box = {"x": {"value": left}, "x2": {"value": left + 10}, "y": {"value": top - 5}, "y2": {"value": top + 5}}
        text = {"x": {"value": left + 15}, "y": {"value": top}, "text": {"value": label}}
        layers += [
            mark("rect", box, data=[{}], color=color, stroke=REFERENCE, strokeWidth=0.5),
            mark("text", text, data=[{}], align="left", baseline="middle"),
        ]
    return layers
