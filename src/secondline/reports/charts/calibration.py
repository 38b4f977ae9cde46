"""Charts of predicted against observed rates."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.reports.charts.theme import (
    ALERT,
    CURRENT,
    DASH,
    FAINT,
    FILL,
    FULL,
    HALF,
    HEIGHT,
    INK,
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

PERCENT = {"format": "~%", "tickCount": 5}


def bands(rows: Sequence[Row], says: str, *, width: int = FULL, height: int = HEIGHT) -> Spec:
    """Return predicted against observed by band with intervals, over the distribution of the score.

    *rows* have ``band`` (a short name), ``predicted``, ``observed``, ``low``, ``high``, ``share`` and ``says``.
    """
    order = [row["band"] for row in rows]
    x = scale("band", None, of="ordinal", sort=order, axis={"labels": False, "ticks": False, "domain": False})
    y = scale("observed", "rate", axis=PERCENT)
    top = round(max((row["share"] for row in rows), default=0.0), 2)
    tick = max(14, min(34, int(width / max(len(rows), 1) * 0.55)))
    above = {
        "width": width,
        "height": height,
        "layer": [
            mark(
                "rule",
                {"x": x, "y": scale("low", "rate", axis=PERCENT), "y2": {"field": "high"}},
                color=CURRENT,
                strokeWidth=2,
            ),
            mark("point", {"x": x, "y": y, **told(rows)}, color=CURRENT, fill=CURRENT, opacity=1, size=44),
            mark(
                "tick", {"x": x, "y": scale("predicted", "rate", axis=PERCENT)}, color=ALERT, width=tick, thickness=2.5
            ),
            *key([("observed, with interval", CURRENT, False), ("predicted", ALERT, False)], x=8, y=8),
        ],
    }
    below = {
        "width": width,
        "height": 44,
        "layer": [
            mark(
                "bar",
                {
                    "x": scale(
                        "band", "score band, riskier to the right", of="ordinal", sort=order, axis={"labelAngle": 0}
                    ),
                    "y": scale(
                        "share",
                        "share of rows",
                        scale={"nice": False},
                        axis={"format": ".0%", "values": [0, top], "grid": False},
                    ),
                },
                color=FILL,
            )
        ],
    }
    return chart({"vconcat": [above, below], "spacing": 8}, rows, says)


def reliability(rows: Sequence[Row], says: str, *, width: int = HALF, height: int = HALF) -> Spec:
    """Return observed rates with intervals at their mean prediction, against the line on which the two agree."""
    top = max((max(row["high"], row["predicted"]) for row in rows), default=1.0) * 1.02 or 1.0
    domain = {"domain": [0, top], "nice": False}
    x = scale("predicted", "mean predicted rate", axis=PERCENT, scale=domain)
    diagonal = [{"at": 0.0}, {"at": top}]
    agree = {
        "x": scale("at", "mean predicted rate", axis=PERCENT, scale=domain),
        "y": scale("at", "observed rate", axis=PERCENT, scale=domain),
    }
    layers = [
        mark("line", agree, data=diagonal, color=FAINT, strokeDash=DASH),
        mark(
            "rule",
            {"x": x, "y": scale("low", "observed rate", axis=PERCENT, scale=domain), "y2": {"field": "high"}},
            color=CURRENT,
            strokeWidth=2,
        ),
        mark(
            "point",
            {"x": x, "y": scale("observed", "observed rate", axis=PERCENT, scale=domain), **told(rows)},
            color=CURRENT,
            fill=CURRENT,
            opacity=1,
            size=40,
        ),
        mark("rule", {"x": x, "y": {"value": height}, "y2": {"value": height - 7}}, color=INK, strokeWidth=1),
        mark(
            "text",
            {"x": {"value": width - 4}, "y": {"value": height - 16}, "text": {"value": "below the line: overstated"}},
            data=[{}],
            align="right",
            color=MUTED,
        ),
    ]
    return chart({"width": width, "height": height, "layer": layers}, rows, says)


def rates(rows: Sequence[Row], says: str, *, width: int = FULL, height: int = 200) -> Spec:
    """Return the observed rate by band, one line a population; the last population named is drawn strongest.

    *rows* have ``band``, ``population``, ``observed`` and ``says``.
    """
    order = list(dict.fromkeys(row["band"] for row in rows))
    names = list(dict.fromkeys(row["population"] for row in rows))
    layers: list[Spec] = []
    for i, name in enumerate(names):
        some = [row for row in rows if row["population"] == name]
        last = i == len(names) - 1
        encoding = {
            "x": scale("band", "score band, riskier to the right", of="ordinal", sort=order, axis={"labelAngle": 0}),
            "y": scale("observed", "observed rate", axis=PERCENT),
        }
        look = {"color": CURRENT} if last else {"color": REFERENCE, "strokeDash": DASH}
        layers += [
            mark("line", encoding, data=some, strokeWidth=2, **look),
            mark(
                "point",
                {**encoding, **told(some)},
                data=some,
                size=30,
                opacity=1,
                color=look["color"],
                fill=look["color"],
            ),
        ]
    entries = [
        (name, CURRENT if i == len(names) - 1 else REFERENCE, i < len(names) - 1) for i, name in enumerate(names)
    ]
    return chart({"width": width, "height": height, "layer": [*layers, *key(entries, x=8, y=8)]}, rows, says)
