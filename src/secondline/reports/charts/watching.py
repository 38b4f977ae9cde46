"""Charts of monitoring: a measure over time by what it rests on, its levels and alarms; how mature labels are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    DASH,
    FULL,
    INK,
    MUTED,
    REFERENCE,
    Row,
    Spec,
    chart,
    mark,
    scale,
    told,
)

TALL, LOW = 190, 110
MARKS: Mapping[str, Spec] = {
    "known": {"shape": "circle", "color": CURRENT, "fill": CURRENT, "size": 34},
    "projected": {"shape": "diamond", "color": CURRENT, "fill": "#ffffff", "size": 60},
    "estimated": {"shape": "triangle-up", "color": MUTED, "fill": "#ffffff", "size": 54},
}
LINES: Mapping[str, Spec] = {
    "known": {"color": CURRENT, "strokeWidth": 2},
    "projected": {"color": CURRENT, "strokeWidth": 1.5, "strokeDash": DASH},
    "estimated": {"color": REFERENCE, "strokeWidth": 1.5, "strokeDash": [1, 3]},
}
NAMES = {"known": "labels known to date", "projected": "projected ultimate", "estimated": "estimate without labels"}


def watched(
    rows: Sequence[Row], title: str, says: str, *, levels: Mapping[str, float] | None = None,
    alarms: Sequence[Row] = (), restated: Sequence[Row] = (), names: Mapping[str, str] = NAMES, width: int = FULL,
    height: int = TALL,
) -> Spec:  # fmt: skip
    """Return one measure over time: a band and a mark of its own for each basis, its levels, and alarms as flags.

    *rows* have ``at`` (the window's last day), ``value``, ``low``, ``high``, ``basis`` and ``says``. *restated* are
    what windows were read as before, pale beside what they are now. *alarms* have ``at``, ``id`` and ``level``. *names*
    say what a basis is called.
    """
    x = scale("at", None, of="temporal", axis={"format": "%d %b %y", "labelAngle": 0, "tickCount": 6})
    y = scale("value", title, axis={"grid": True, "tickCount": 5}, scale=_domain(rows, levels or {}))
    layers: list[Spec] = []
    for basis in (b for b in MARKS if any(row["basis"] == b for row in rows)):
        some = [row for row in rows if row["basis"] == basis]
        layers += _series(some, basis, x, y)
    if restated:
        layers.append(mark("tick", {"x": x, "y": y}, data=restated, color=REFERENCE, thickness=1.5, width=9))
    layers += _levels(levels or {}, width)
    layers += _flags(alarms, x)
    entries = [(names[b], MARKS[b]) for b in MARKS if any(row["basis"] == b for row in rows)]
    entries += [("read before", {"shape": "stroke", "color": REFERENCE, "size": 80})] if restated else []
    layers += _key(entries)
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def _series(some: Sequence[Row], basis: str, x: Spec, y: Spec) -> list[Spec]:
    wide = [row for row in some if row.get("low") is not None and row.get("high") is not None]
    edges = {"x": x, "y": scale("low", None, scale={"zero": False}), "y2": {"field": "high"}}
    look = MARKS[basis]
    band = mark("area", edges, data=wide, color=look["color"], opacity=0.13) if len(wide) > 1 else None
    ends = mark("rule", edges, data=wide, color=look["color"], opacity=0.55, strokeWidth=1)
    found = [band] if band else [ends]
    line = mark("line", {"x": x, "y": y}, data=some, **LINES[basis])
    points = mark("point", {"x": x, "y": y, **told(some)}, data=some, opacity=1, filled=False, **look)
    return [*found, line, points]


def _levels(levels: Mapping[str, float], width: int) -> list[Spec]:
    """Return the levels as lines that say which they are; red is heavier than amber, and both say it in words."""
    layers: list[Spec] = []
    for name, value in levels.items():
        data = [{"value": value, "label": name}]
        weight = {"amber": 1.0, "red": 1.6, "stop": 2.2}.get(name, 1.0)
        dash = DASH if name == "amber" else [7, 3]
        at = {"y": {"field": "value", "type": "quantitative"}}
        layers += [
            mark("rule", at, data=data, color=ALERT, strokeDash=dash, strokeWidth=weight),
            mark("text", {**at, "x": {"value": width + 4}, "text": {"value": name}}, data=data, align="left",
                 baseline="middle", color=ALERT),
        ]  # fmt: skip
    return layers


def _flags(alarms: Sequence[Row], x: Spec) -> list[Spec]:
    if not alarms:
        return []
    flag = {"x": x, "y": {"value": 0}, "text": {"field": "id", "type": "nominal"}}
    return [
        mark("rule", {"x": x}, data=alarms, color=ALERT, opacity=0.7, strokeWidth=1),
        mark("text", flag, data=alarms, align="left", baseline="top", dx=3, dy=1, color=ALERT, fontWeight="bold"),
    ]


def _domain(rows: Sequence[Row], levels: Mapping[str, float]) -> Spec:
    """Return the scale of the values; numbers that are all the same get room above."""
    found = [float(row[n]) for row in rows for n in ("value", "low", "high") if row.get(n) is not None]
    low, high = min([*found, *levels.values()], default=0.0), max([*found, *levels.values()], default=1.0)
    return {"domain": [low, low + 1.0], "nice": True} if low == high else {"zero": False, "nice": True}


def _key(entries: Sequence[tuple[str, Spec]]) -> list[Spec]:
    """Return what the marks mean, above the plot."""
    layers: list[Spec] = []
    left = 0
    for label, look in entries:
        where = {"x": {"value": left + 6}, "y": {"value": -14}}
        layers += [
            mark("point", where, data=[{}], opacity=1, filled=False, **look),
            mark("text", {"x": {"value": left + 15}, "y": {"value": -14}, "text": {"value": label}}, data=[{}],
                 align="left", baseline="middle", color=INK),
        ]  # fmt: skip
        left += 30 + round(6.2 * len(label))
    return layers


def maturity(rows: Sequence[Row], says: str, *, width: int = FULL, height: int = LOW) -> Spec:
    """Return the share of eventual labels known, by the last day of each window; *rows* have ``at`` and ``value``."""
    x = scale("at", None, of="temporal", axis={"format": "%d %b %y", "labelAngle": 0, "tickCount": 6})
    axis = {"format": "~%", "tickCount": 4, "grid": True}
    y = scale("value", "labels known", axis=axis, scale={"domain": [0, 1]})
    layers = [
        mark("area", {"x": x, "y": y}, color=CURRENT, opacity=0.13),
        mark("line", {"x": x, "y": y}, color=CURRENT, strokeWidth=2),
        mark("point", {"x": x, "y": y, **told(rows)}, color=CURRENT, fill=CURRENT, size=26, opacity=1),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)
