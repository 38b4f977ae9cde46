"""Charts of groups side by side."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    FULL,
    HEIGHT,
    INK,
    MUTED,
    REFERENCE,
    Row,
    Spec,
    chart,
    mark,
    told,
)
from secondline.reports.charts.theme import scale as position

LOOKS = (
    (REFERENCE, "circle"), (CURRENT, "diamond"), (INK, "square"), ("#6f9ac0", "triangle-up"), (MUTED, "cross"),
)  # fmt: skip
"""Colour and shape of each group, the control's first: shapes carry what colours say."""
MOST = len(LOOKS)
PERCENT = {"format": "~%", "tickCount": 5}


def by_group(rows: Sequence[Row], says: str, *, width: int = FULL, height: int = HEIGHT) -> Spec:
    """Return observed rates with intervals by band of the score, groups side by side, over what was predicted of each.

    *rows* have ``band``, ``group``, ``predicted``, ``observed``, ``low``, ``high`` and ``says``; at most five groups.
    """
    names = list(dict.fromkeys(row["group"] for row in rows))[:MOST]
    bands = sorted({row["band"] for row in rows})
    x = position("band", "fifth of the score, riskier to the right", of="ordinal", sort=bands, axis={"labelAngle": 0})
    aside = {"xOffset": {"field": "group", "type": "nominal", "sort": names, "scale": {"paddingOuter": 0.3}}}
    layers: list[Spec] = []
    for i, name in enumerate(names):
        color, shape = LOOKS[i]
        some = [row for row in rows if row["group"] == name]
        y = position("observed", "event rate", axis=PERCENT)
        ends = {"x": x, **aside, "y": position("low", "event rate", axis=PERCENT), "y2": {"field": "high"}}
        predicted = {"x": x, **aside, "y": position("predicted", "event rate", axis=PERCENT)}
        layers += [
            mark("rule", ends, data=some, color=color, strokeWidth=2),
            mark("tick", predicted, data=some, color=ALERT, width=13, thickness=2.5),
            mark("point", {"x": x, **aside, "y": y, **told(some)}, data=some, color=color, fill=color, shape=shape,
                 opacity=1, size=48),
        ]  # fmt: skip
        layers += _key(i, name, color, shape)
    layers += _key(len(names), "predicted", ALERT, "stroke")
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def _key(place: int, label: str, color: str, shape: str) -> list[Spec]:
    top = {"value": 8 + 16 * place}
    text = {"x": {"value": 22}, "y": top, "text": {"value": label}}
    return [
        mark(
            "point", {"x": {"value": 12}, "y": top}, data=[{}], color=color, fill=color, shape=shape, opacity=1, size=48
        ),
        mark("text", text, data=[{}], align="left", baseline="middle", color=INK),
    ]
