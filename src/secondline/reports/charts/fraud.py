"""Charts of fraud: detection by alert budget, how labels come in, time to detect, and detection since training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    DASH,
    HALF,
    HEIGHT,
    MUTED,
    REFERENCE,
    Row,
    Spec,
    chart,
    key,
    limit_lines,
    mark,
    scale,
    told,
)

TIMES = {0: "at once", 1: "1 h", 6: "6 h", 24: "1 day", 168: "1 week", 730: "1 month", 4380: "6 months"}
"""Hours that the axis of time to detect names."""
SHARE: Spec = {"format": "~%", "tickCount": 5}


def budget(rows: Sequence[Row], at: float, says: str, *, width: int = HALF, height: int = HEIGHT) -> Spec:
    """Return the share of fraud detected against the share of transactions alerted, by value and by transaction.

    *rows* have ``budget``, ``detected``, ``kind`` ("by value" or "by transaction") and ``says``; *at* is the budget in
    use. The budget's axis is logarithmic: the first few in ten thousand matter most.
    """
    x = scale("budget", "share of transactions alerted", axis={"format": "~%", "values": [0.0001, 0.001, 0.01, 0.1]})
    x |= {"scale": {"type": "log", "domain": [0.0001, 0.1], "nice": False}}
    y = scale("detected", "share of fraud detected", axis=SHARE, scale={"domain": [0, 1]})
    looks = {"by value": (CURRENT, {}), "by transaction": (REFERENCE, {"strokeDash": DASH})}
    layers: list[Spec] = []
    for kind, (color, dash) in looks.items():
        some = [row for row in rows if row["kind"] == kind]
        layers += [
            mark("line", {"x": x, "y": y}, data=some, color=color, strokeWidth=2, **dash),
            mark("point", {"x": x, "y": y, **told(some)}, data=some, color=color, fill=color, opacity=1, size=22),
        ]
    entries = [(kind, color, bool(dash)) for kind, (color, dash) in looks.items()]
    layers += [*_upright(at, "in use"), *key(entries, x=10, y=8)]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def _upright(at: float, label: str) -> list[Spec]:
    place = {"x": {"field": "at", "type": "quantitative"}}
    text = {**place, "y": {"value": -6}, "text": {"value": label}}
    data = [{"at": at}]
    return [
        mark("rule", place, data=data, color=MUTED, strokeDash=DASH),
        mark("text", text, data=data, color=MUTED, align="center", baseline="bottom"),
    ]


def maturity(
    rows: Sequence[Row], limit: float, says: str, *, width: int = HALF, height: int = HEIGHT
) -> Spec:  # fmt: skip
    """Return F(d), the share of eventual fraud that is known by the days since the transaction.

    *rows* have ``days``, ``share`` and ``says``; *limit* is the share that must be known.
    """
    x = scale("days", "days since the transaction", axis={"tickCount": 5, "labelOverlap": "greedy"})
    y = scale("share", "share of eventual fraud known", axis=SHARE, scale={"domain": [0, 1]})
    layers = [
        mark("line", {"x": x, "y": y}, color=CURRENT, strokeWidth=2, interpolate="step-after"),
        mark("point", {"x": x, "y": y, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=14),
        *limit_lines([limit], "y", label="mature", size=width),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def detected(rows: Sequence[Row], says: str, *, width: int = HALF, height: int = HEIGHT) -> Spec:
    """Return the share of accounts with fraud that were detected, by hours since the first fraud, with its band.

    *rows* have ``hours``, ``detected``, ``low``, ``high``, ``population`` and ``says``. The axis is even in the first
    hour and logarithmic after it, so that alerts at once and alerts after weeks can both be read.
    """
    x = scale("hours", "time since the first fraud", axis={"values": list(TIMES), "labelExpr": _names(TIMES)})
    x |= {"scale": {"type": "symlog", "constant": 1, "nice": False}}
    y = scale("detected", "share of accounts detected", axis=SHARE, scale={"domain": [0, 1]})
    names = list(dict.fromkeys(row["population"] for row in rows))
    colors = {name: CURRENT if i == len(names) - 1 else REFERENCE for i, name in enumerate(names)}
    layers: list[Spec] = []
    for name, color in colors.items():
        some = [row for row in rows if row["population"] == name]
        span: dict[str, Any] = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers += [
            mark("area", span, data=some, color=color, opacity=0.18, interpolate="step-after"),
            mark("line", {"x": x, "y": y}, data=some, color=color, strokeWidth=2, interpolate="step-after"),
            mark("point", {"x": x, "y": y, **told(some)}, data=some, color=color, fill=color, opacity=1, size=12),
        ]
    entries = [(name, color, False) for name, color in colors.items()]
    return chart(
        {"width": width, "height": height, "layer": [*layers, *key(entries, x=120, y=height - 34)]}, rows, says
    )


def _names(ticks: Mapping[int, str]) -> str:
    """Return the expression that writes each tick by its name."""
    return f"({json.dumps({str(at): name for at, name in ticks.items()})})[datum.value]"


def weekly(rows: Sequence[Row], fit: Sequence[Row], says: str, *, width: int = HALF, height: int = HEIGHT) -> Spec:
    """Return the value detection rate of each week since training with its interval, and the fitted decay.

    *rows* have ``week``, ``rate``, ``low``, ``high`` and ``says``; *fit* has ``week`` and ``rate``.
    """
    x = scale("week", "weeks since training", axis={"tickCount": 6})
    y = scale("rate", "value detected", axis=SHARE, scale={"domain": [0, 1]})
    span = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    layers = [
        mark("rule", span, color=REFERENCE, strokeWidth=1.5),
        mark("point", {"x": x, "y": y, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=36),
        mark("line", {"x": x, "y": y}, data=fit, color=ALERT, strokeWidth=2, strokeDash=DASH),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)
