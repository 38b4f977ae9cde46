"""Charts of reasons: how often each is given, and how far a change must go before a decision turns."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    CURRENT,
    DASH,
    FILL,
    FULL,
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

STEP = 24
LABELS = 300
PERCENT = {"format": "~%", "tickCount": 5}


def mix(rows: Sequence[Row], says: str, *, width: int = FULL - LABELS) -> Spec:
    """Return bars of how often each reason is given: pale for given at all, dark for given first.

    *rows* have ``name``, ``any``, ``first`` and ``says``, the most frequent first.
    """
    order = [row["name"] for row in rows]
    y = scale("name", None, of="nominal", sort=order, axis={"labelLimit": LABELS - 44, "labelFontSize": 11})
    top = {"domain": [0, max((row["any"] for row in rows), default=1.0) * 1.02 or 1.0], "nice": False}
    title = "share of declined applicants"
    x = scale("any", title, axis={"grid": True, **PERCENT}, scale=top)
    layers = [
        mark("bar", {"y": y, "x": x}, color=FILL, height=15),
        mark("bar", {"y": y, "x": scale("first", title, scale=top), **told(rows)}, color=CURRENT, height=8),
        *_keyed(width, (("given at all", FILL), ("given first", CURRENT))),
    ]
    # Long names are wider in a browser without the converter's font, and would lose their beginning.
    padding = {"left": 40, "top": 4, "right": 4, "bottom": 4}
    return chart({"width": width, "height": {"step": STEP}, "layer": layers, "padding": padding}, rows, says)


def _keyed(width: int, entries: Sequence[tuple[str, str]]) -> list[Spec]:
    layers: list[Spec] = []
    for i, (label, color) in enumerate(entries):
        left = width - 180 + 96 * i
        box = {"x": {"value": left}, "x2": {"value": left + 10}, "y": {"value": -16}, "y2": {"value": -6}}
        text = {"x": {"value": left + 15}, "y": {"value": -11}, "text": {"value": label}}
        layers += [
            mark("rect", box, data=[{}], color=color),
            mark("text", text, data=[{}], align="left", baseline="middle", color=MUTED),
        ]
    return layers


def reach(rows: Sequence[Row], title: str, says: str, *, width: int, height: int = 170) -> Spec:
    """Return the share of declined applicants approved within each step of a change, one line a kind of change.

    *rows* have ``step`` (a number, or a text in order), ``kind``, ``share`` and ``says``, and where known ``low`` and
    ``high``. Numbers are joined by stairs. The first kind is drawn strongest.
    """
    steps = list(dict.fromkeys(row["step"] for row in rows))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    numbers = not isinstance(steps[0], str)
    x = scale("step", title, of="quantitative", axis={"tickMinStep": 1}) if numbers else scale(
        "step", title, of="ordinal", sort=steps, axis={"labelAngle": 0})  # fmt: skip
    y = scale("share", "share approved", axis={"grid": True, **PERCENT}, scale={"domain": [0, 1]})
    low = {"x": x, "y": scale("low", "share approved", scale={"domain": [0, 1]}), "y2": {"field": "high"}}
    stairs: Spec = {"interpolate": "step-after"} if numbers else {}
    layers: list[Spec] = []
    for kind in reversed(kinds):
        some = [row for row in rows if row["kind"] == kind]
        color, dash = (CURRENT, {}) if kind == kinds[0] else (REFERENCE, {"strokeDash": DASH})
        spans = [row for row in some if row.get("low") is not None]
        layers += [
            mark("rule", low, data=spans, color=color, strokeWidth=1.5),
            mark("line", {"x": x, "y": y}, data=some, color=color, strokeWidth=2, **dash, **stairs),
            mark("point", {"x": x, "y": y, **told(some)}, data=some, color=color, fill=color, opacity=1, size=24),
        ]
    entries = [(kind, CURRENT if i == 0 else REFERENCE, i > 0) for i, kind in enumerate(kinds)]
    named = key(entries, x=10, y=10) if len(kinds) > 1 else []
    return chart({"width": width, "height": height, "layer": [*layers, *named]}, rows, says)
