"""Charts of ranking power: the ROC curve and the gains curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from secondline.reports.charts.theme import (
    CURRENT,
    DASH,
    FAINT,
    HALF,
    REFERENCE,
    Spec,
    chart,
    key,
    mark,
    scale,
)

Curve = Sequence[Sequence[float]]
UNIT = {"domain": [0, 1], "nice": False}
AXIS = {"format": "~%", "values": [0, 0.25, 0.5, 0.75, 1]}


def roc(curves: Mapping[str, Curve], says: str, *, width: int = HALF, height: int = HALF) -> Spec:
    """Return ROC curves by label, the last one drawn strongest, against the line of no skill."""
    return _curves(curves, says, ("share of non-events flagged", "share of events flagged"), width, height)


def gains(curves: Mapping[str, Curve], says: str, *, width: int = HALF, height: int = HALF) -> Spec:
    """Return gains curves by label: the share of events among the riskiest rows."""
    return _curves(curves, says, ("share of rows, riskiest first", "share of events found"), width, height)


def _curves(curves: Mapping[str, Curve], says: str, titles: tuple[str, str], width: int, height: int) -> Spec:
    x = scale("x", titles[0], axis={**AXIS, "grid": True}, scale=UNIT)
    y = scale("y", titles[1], axis=AXIS, scale=UNIT)
    layers = [mark("line", {"x": x, "y": y}, data=[{"x": 0, "y": 0}, {"x": 1, "y": 1}], color=FAINT, strokeWidth=1)]
    entries = []
    for i, (label, points) in enumerate(curves.items()):
        strong = i == len(curves) - 1
        look = (
            {"color": CURRENT, "strokeWidth": 2}
            if strong
            else {"color": REFERENCE, "strokeWidth": 2, "strokeDash": DASH}
        )
        data = [{"x": point[0], "y": point[1]} for point in points]
        layers.append(
            mark("line", {"x": x, "y": y, "order": {"field": "x", "type": "quantitative"}}, data=data, **look)
        )
        entries.append((label, CURRENT if strong else REFERENCE, not strong))
    layers += key(entries, x=width * 0.42, y=height - 16 * len(entries) - 4)
    return chart({"width": width, "height": height, "layer": layers}, [{}], says)
