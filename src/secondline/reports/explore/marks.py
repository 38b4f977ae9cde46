"""Marks: small drawings as SVG without styles of their own, so that the page's style colours them, dark or light.

They are written here and not by Vega-Lite: a page may hold a thousand of them, and each must cost microseconds.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from markupsafe import Markup

from secondline.reports.explore.parts import Share, Span, Spark, Trend

TALL, WIDE = 22, 104
GAP = 3
SVG = Markup(
    '<svg class="mark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{says}">{body}</svg>'
)
RECT = Markup('<rect class="{kind}" x="{x}" y="{y}" width="{w}" height="{h}"/>')


@singledispatch
def drawn(mark: Any) -> Markup:
    """Return a mark as SVG."""
    raise TypeError(f"cannot draw a {type(mark).__name__}")


def rect(kind: str, x: float, y: float, w: float, h: float) -> Markup:
    """Return a rectangle with coordinates rounded to hundredths."""
    return RECT.format(kind=kind, x=short(x), y=short(y), w=short(max(w, 0.0)), h=short(max(h, 0.0)))


def short(value: float) -> str:
    """Return a coordinate in as few characters as it needs."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@drawn.register
def _(mark: Spark) -> Markup:
    if not mark.counts:
        return Markup()
    most, n = max(mark.counts), len(mark.counts)
    spaces = GAP * (mark.open_low + mark.open_high)
    step = min((WIDE - spaces) / n, 14.0)
    body, left = [], 0.0
    for i, count in enumerate(mark.counts):
        tail = (i == 0 and mark.open_low) or (i == n - 1 and mark.open_high)
        left += GAP if i == n - 1 and mark.open_high and n > 1 else 0
        # A bin that holds any row must be seen.
        height = max(TALL * count / most, 1.0) if count else 0.0
        body.append(rect("tail" if tail else "bar", left, TALL - height, step - (1 if step > 4 else 0.25), height))  # noqa: PLR2004 - room for a gap
        left += step + (GAP if i == 0 and mark.open_low else 0)
    return SVG.format(w=WIDE, h=TALL, says=mark.says, body=Markup().join(body))


@drawn.register
def _(mark: Trend) -> Markup:
    known = [v for v in mark.values if v is not None]
    if not known:
        return Markup()
    low, high = min(known), max(known)
    room, n = (high - low) or 1.0, max(len(mark.values) - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(mark.values):
        if value is None:
            runs.append([])
            continue
        y = TALL / 2 if high == low else TALL - 3 - (TALL - 6) * (value - low) / room
        runs[-1].append((3 + (WIDE - 6) * i / n, y))
    body = [_run(run) for run in runs if run]
    return SVG.format(w=WIDE, h=TALL, says=mark.says, body=Markup().join(body))


def _run(points: list[tuple[float, float]]) -> Markup:
    if len(points) == 1:
        return Markup('<circle class="dot" cx="{}" cy="{}" r="2"/>').format(*map(short, points[0]))
    path = " ".join(f"{short(x)},{short(y)}" for x, y in points)
    end = Markup('<circle class="dot" cx="{}" cy="{}" r="2"/>').format(*map(short, points[-1]))
    return Markup('<polyline class="line" points="{}"/>').format(path) + end


@drawn.register
def _(mark: Share) -> Markup:
    width = WIDE * min(mark.share / mark.of, 1.0) if mark.of else 0.0
    if mark.before is None:
        return SVG.format(w=WIDE, h=12, says=f"{100 * mark.share:.1f} %", body=rect("bar", 0, 2, width, 8))
    before = WIDE * min(mark.before / mark.of, 1.0) if mark.of else 0.0
    says = f"{100 * mark.before:.1f} % before, {100 * mark.share:.1f} % after"
    return SVG.format(w=WIDE, h=14, says=says, body=rect("tail", 0, 0, before, 14) + rect("bar", 0, 4, width, 6))


@drawn.register
def _(mark: Span) -> Markup:
    room = (mark.end - mark.start) or 1.0

    def place(value: float) -> float:
        return 4 + (WIDE - 8) * min(max((value - mark.start) / room, 0.0), 1.0)

    body = []
    if mark.at is not None:
        body.append(rect("reference", place(mark.at) - 0.5, 0, 1, 16))
    if mark.value is None:
        return SVG.format(w=WIDE, h=16, says="no value", body=Markup().join(body))
    low, high = place(mark.low), place(mark.high)
    body.append(rect("span", low, 7, max(high - low, 1.0), 2))
    body.append(Markup('<circle class="dot" cx="{}" cy="8" r="3"/>').format(short(place(mark.value))))
    return SVG.format(
        w=WIDE, h=16, says=f"{mark.value:.4g} [{mark.low:.4g}, {mark.high:.4g}]", body=Markup().join(body)
    )
