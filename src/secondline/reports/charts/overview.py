"""Charts of the whole: outcomes by family, and the way from source rows to the model set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from secondline.reports.charts.theme import (
    ALERT,
    FULL,
    INK,
    ON_OUTCOME,
    OUTCOMES,
    PAPER,
    REFERENCE,
    Row,
    Spec,
    chart,
    mark,
    scale,
)

STEP = 26
ROOM = 120  # pixels for the names to the left


def outcomes(counts: Mapping[str, Mapping[str, int]], says: str, *, width: int = FULL - ROOM) -> Spec:
    """Return one stacked bar a family; every part is labelled with its count, and badness is darkness."""
    rows: list[dict[str, Any]] = []
    for family, by_kind in counts.items():
        start = 0
        for kind in OUTCOMES:
            if count := by_kind.get(kind, 0):
                words = f"{family}: {count} {kind.replace('_', ' ')}"
                rows.append(
                    {"family": family, "kind": kind, "from": start, "to": start + count, "count": count, "says": words}
                )
                start += count
    most = max((row["to"] for row in rows), default=1)
    y = scale("family", None, of="nominal", sort=list(counts), axis={"labelFontSize": 12, "labelColor": INK})
    span = {
        "y": y,
        "x": scale("from", None, axis=None, scale={"domain": [0, most], "nice": False}),
        "x2": {"field": "to"},
    }
    colors = {"field": "kind", "type": "nominal", "scale": {"domain": list(OUTCOMES), "range": list(OUTCOMES.values())}}
    told = {"description": {"field": "says", "type": "nominal"}}
    layers = [mark("bar", {**span, "color": colors, **told}, height=18, stroke=PAPER, strokeWidth=1)]
    layers += _key([kind for kind in OUTCOMES if any(row["kind"] == kind for row in rows)])
    for kind, ink in ON_OUTCOME.items():
        some = [{**row, "at": (row["from"] + row["to"]) / 2} for row in rows if row["kind"] == kind]
        wide = [row for row in some if row["count"] * width / most > 7 * len(str(row["count"]))]
        encoding = {"y": y, "x": scale("at", None, axis=None), "text": {"field": "count", "type": "quantitative"}}
        layers.append(mark("text", encoding, data=wide, color=ink, baseline="middle"))
    return chart({"width": width, "height": {"step": STEP}, "layer": layers}, rows, says)


def _key(kinds: Sequence[str]) -> list[Spec]:
    """Return the names of the outcomes above the bars, each after a swatch."""
    layers: list[Spec] = []
    left = 0
    for kind in kinds:
        name = kind.replace("_", " ")
        box = {"x": {"value": left}, "x2": {"value": left + 10}, "y": {"value": -17}, "y2": {"value": -7}}
        text = {"x": {"value": left + 15}, "y": {"value": -12}, "text": {"value": name}}
        layers += [
            mark("rect", box, data=[{}], color=OUTCOMES[kind], stroke=REFERENCE, strokeWidth=0.5),
            mark("text", text, data=[{}], align="left", baseline="middle"),
        ]
        left += 33 + round(6.2 * len(name))
    return layers


def waterfall(rows: Sequence[Row], says: str, *, width: int = FULL - 220) -> Spec:
    """Return the exclusions that lead from the source to the model set.

    *rows* have ``step``, ``from``, ``to``, ``total`` (whether the bar is a total), ``label`` and ``says``.
    """
    order = [row["step"] for row in rows]
    top = max((row["to"] for row in rows), default=1)
    domain = {"domain": [0, top * 1.12], "nice": False}
    y = scale("step", None, of="nominal", sort=order, axis={"labelLimit": 230, "labelColor": INK})
    span = {"y": y, "x": scale("from", None, axis=None, scale=domain), "x2": {"field": "to"}}
    told = {"description": {"field": "says", "type": "nominal"}}
    color = {"condition": {"test": "datum.total", "value": REFERENCE}, "value": ALERT}
    text = {"y": y, "x": scale("to", None, axis=None, scale=domain), "text": {"field": "label", "type": "nominal"}}
    layers = [
        mark("bar", {**span, "color": color, **told}, height=14),
        mark("text", text, align="left", dx=6, baseline="middle"),
    ]
    return chart({"width": width, "height": {"step": 24}, "layer": layers}, rows, says)
