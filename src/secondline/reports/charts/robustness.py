"""Charts of weakness and robustness: regions, noise, steps, outages and the worst-served rows."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    FAINT,
    FILL,
    FULL,
    HALF,
    HEIGHT,
    MUTED,
    PAPER,
    REFERENCE,
    Row,
    Spec,
    chart,
    key,
    mark,
    scale,
    told,
)

STEP = 26
NAMES = 280  # pixels for the names of regions to the left
INPUTS = 170
ROOM = {"left": 24, "right": 4, "top": 4, "bottom": 4}
"""Names are measured in one font and may be drawn in a wider one."""


def weak(rows: Sequence[Row], says: str, *, width: int = FULL - NAMES) -> Spec:
    """Return observed rates with intervals beside the predicted rate, one line a region.

    *rows* have ``name``, ``observed``, ``low``, ``high``, ``predicted``, ``confirmed`` and ``says``. A confirmed region
    is a filled diamond, another a hollow circle; the prediction is an upright stroke.
    """
    order = [row["name"] for row in rows]
    y = scale("name", None, of="nominal", sort=order, axis={"labelLimit": NAMES - 70})
    percent = {"grid": True, "tickCount": 5, "format": ".1~%"}
    layers = [
        mark("rule", {"y": y, "x": scale("low", "rate", axis=percent), "x2": {"field": "high"}}, color=CURRENT),
        mark("tick", {"y": y, "x": scale("predicted", "rate", axis=percent)}, color=REFERENCE, thickness=3, height=14),
    ]
    for confirmed, look in (
        (True, {"shape": "diamond", "color": ALERT, "fill": ALERT, "size": 70}),
        (False, {"shape": "circle", "color": CURRENT, "fill": PAPER, "size": 46}),
    ):
        some = [row for row in rows if row["confirmed"] is confirmed]
        encoding = {"y": y, "x": scale("observed", "rate", axis=percent), **told(some)}
        layers.append(mark("point", encoding, data=some, opacity=1, strokeWidth=1.5, **look))
    words = "| predicted,  \N{BLACK DIAMOND} observed, confirmed,  \N{WHITE CIRCLE} observed, not confirmed"
    at = {"x": {"value": width}, "y": {"value": -8}, "text": {"value": words}}
    layers.append(mark("text", at, data=[{}], align="right", baseline="bottom", color=MUTED))
    return chart({"width": width, "height": {"step": STEP}, "layer": layers, "padding": ROOM}, rows, says)


def noise(rows: Sequence[Row], says: str, *, width: int = HALF, height: int = HEIGHT) -> Spec:
    """Return the AUC lost against the size of noise, one line a population with its band.

    *rows* have ``scale``, ``lost``, ``low``, ``high``, ``population`` and ``says``.
    """
    x = scale("scale", "noise, in spreads of each input", axis={"tickCount": 6})
    names = list(dict.fromkeys(row["population"] for row in rows))
    layers: list[Spec] = []
    for i, name in enumerate(names):
        some = [row for row in rows if row["population"] == name]
        color = CURRENT if i == len(names) - 1 else REFERENCE
        span = {"x": x, "y": scale("low", "AUC lost"), "y2": {"field": "high"}}
        line = {"x": x, "y": scale("lost", "AUC lost")}
        layers += [
            mark("area", span, data=some, color=color, opacity=0.18),
            mark("line", line, data=some, color=color, strokeWidth=2),
            mark("point", {**line, **told(some)}, data=some, color=color, fill=color, opacity=1, size=28),
        ]
    entries = [(name, CURRENT if i == len(names) - 1 else REFERENCE, False) for i, name in enumerate(names)]
    return chart({"width": width, "height": height, "layer": [*layers, *key(entries, x=10, y=8)]}, rows, says)


def tornado(rows: Sequence[Row], says: str, *, width: int = FULL - INPUTS) -> Spec:
    """Return the change of the mean score when one input moves a step down (pale) or up (dark), widest first.

    *rows* have ``name``, ``up``, ``down``, ``says``.
    """
    order = [row["name"] for row in rows]
    y = scale("name", None, of="nominal", sort=order, axis={"labelLimit": INPUTS - 30})
    axis = {"grid": True, "tickCount": 7, "format": "+~%"}
    title = "change of the mean score"
    nought = {"datum": 0, "type": "quantitative"}
    down = {"y": y, "x": scale("down", title, axis=axis), "x2": nought, "description": told(rows)["description"]}
    up = {"y": y, "x": scale("up", title, axis=axis), "x2": nought, **told(rows)}
    layers = [
        mark("bar", down, color=FILL, stroke=REFERENCE, strokeWidth=0.5, height=13),
        mark("bar", up, color=CURRENT, height=6),
        mark("rule", {"x": nought}, data=[{}], color=FAINT),
        *_legend(width, (("one step up", CURRENT), ("one step down", FILL))),
    ]
    return chart({"width": width, "height": {"step": 19}, "layer": layers, "padding": ROOM}, rows, says)


def _legend(width: int, entries: Sequence[tuple[str, str]]) -> list[Spec]:
    layers: list[Spec] = []
    for i, (label, color) in enumerate(entries):
        left, top = width - 210 + 104 * i, -12
        box = {"x": {"value": left}, "x2": {"value": left + 10}, "y": {"value": top - 5}, "y2": {"value": top + 5}}
        text = {"x": {"value": left + 15}, "y": {"value": top}, "text": {"value": label}}
        layers += [
            mark("rect", box, data=[{}], color=color, stroke=REFERENCE, strokeWidth=0.5),
            mark("text", text, data=[{}], align="left", baseline="middle"),
        ]
    return layers


def outages(rows: Sequence[Row], says: str, *, width: int = FULL - INPUTS) -> Spec:
    """Return the AUC lost when an input is missing, with its interval, greatest loss first.

    *rows* have ``name``, ``lost``, ``low``, ``high`` and ``says``.
    """
    order = [row["name"] for row in rows]
    y = scale("name", None, of="nominal", sort=order, axis={"labelLimit": INPUTS - 30})
    axis = {"grid": True, "tickCount": 6}
    title = "AUC lost when the input is missing"
    nought = {"datum": 0, "type": "quantitative"}
    layers = [
        mark("bar", {"y": y, "x": scale("lost", title, axis=axis), "x2": nought, **told(rows)}, color=FILL, height=12),
        mark("rule", {"y": y, "x": scale("low", title, axis=axis), "x2": {"field": "high"}}, color=CURRENT),
        mark("rule", {"x": nought}, data=[{}], color=FAINT),
    ]
    return chart({"width": width, "height": {"step": 17}, "layer": layers, "padding": ROOM}, rows, says)


def worst(rows: Sequence[Row], says: str, *, width: int = HALF, height: int = HEIGHT) -> Spec:
    """Return the log loss of the worst rows against their share, beside what the probabilities promise of them.

    *rows* have ``share``, ``loss``, ``low``, ``high``, ``promised`` and ``says``; the last is all rows.
    """
    x = scale("share", "share of the rows, worst first", axis={"format": "~%", "tickCount": 5})
    title = "log loss a row"
    loss = {"x": x, "y": scale("loss", title, scale={"zero": True})}
    span = {"x": x, "y": scale("low", title), "y2": {"field": "high"}}
    banded = [row for row in rows if row.get("low") is not None]
    layers = [
        mark("area", span, data=banded, color=CURRENT, opacity=0.18),
        mark("line", loss, color=CURRENT, strokeWidth=2),
        mark("point", {**loss, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=28),
        mark("line", {"x": x, "y": scale("promised", title)}, color=REFERENCE, strokeWidth=2, strokeDash=[4, 3]),
        *key((("seen", CURRENT, False), ("promised by the probabilities", REFERENCE, True)), x=80, y=8),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)
