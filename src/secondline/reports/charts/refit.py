"""Charts of a model built again: its scores beside the champion's, and where decisions flip."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    CURRENT,
    DASH,
    FAINT,
    FULL,
    HALF,
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

PERCENT = {"format": "~%", "tickCount": 4}


def agreement(rows: Sequence[Row], says: str, *, width: int = HALF, height: int = HALF) -> Spec:
    """Return the refit's scores at the champion's, in bins, against the line on which the two are equal.

    *rows* have ``champion``, ``refit``, ``low`` and ``high`` (where nine rows in ten of the bin lie) and ``says``.
    """
    ends = [row[name] for row in rows for name in ("champion", "low", "high")]
    domain = {"domain": [min(ends), max(ends)], "nice": False}
    x = scale("champion", "champion's score", scale=domain, axis={"tickCount": 5})
    y = scale("refit", "score of the refit", scale=domain, axis={"tickCount": 5})
    equal = [{"champion": end, "refit": end} for end in (min(ends), max(ends))]
    layers = [
        mark("line", {"x": x, "y": y}, data=equal, color=FAINT, strokeDash=DASH),
        mark("rule", {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}, color=CURRENT, strokeWidth=1.5),
        mark("point", {"x": x, "y": y, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=30),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def flips(rows: Sequence[Row], cut: float, says: str, *, width: int = FULL - 60, height: int = 170) -> Spec:
    """Return the share of decisions that flip along the score, one line a way of building again, with the cut-off.

    *rows* have ``score``, ``flips``, ``way`` and ``says``; the way named last is drawn strongest.
    """
    ways = list(dict.fromkeys(row["way"] for row in rows))
    x = scale("score", "champion's score", axis={"tickCount": 6}, scale={"zero": False, "nice": False})
    y = scale("flips", "share that flips", axis=PERCENT)
    layers: list[Spec] = []
    entries = []
    for way in ways:
        strong = way == ways[-1]
        color, dash = (CURRENT, {}) if strong else (REFERENCE, {"strokeDash": DASH})
        some = [row for row in rows if row["way"] == way]
        layers += [
            mark("line", {"x": x, "y": y}, data=some, color=color, strokeWidth=2, **dash),
            mark("point", {"x": x, "y": y, **told(some)}, data=some, color=color, fill=color, opacity=1, size=24),
        ]
        entries.append((way, color, not strong))
    inside = min(row["score"] for row in rows) <= cut <= max(row["score"] for row in rows)
    layers += limit_lines([cut] if inside else [], "x", "cut-off")
    return chart({"width": width, "height": height, "layer": [*layers, *key(entries, x=width - 190, y=10)]}, [{}], says)
