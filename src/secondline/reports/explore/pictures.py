"""Pictures: the large drawings of the page, as SVG that the page's style colours."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

from markupsafe import Markup

from secondline.core.format import number
from secondline.reports.explore.marks import rect, short
from secondline.reports.explore.parts import Bars, Heat, Series

WIDE, TALL = 640, 168
LEFT, TOP, FOOT = 46, 8, 34
SVG = Markup(
    '<svg class="picture" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{says}">{body}</svg>'
)
TEXT = Markup('<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>')
SAID = Markup("<g><title>{says}</title>{body}</g>")
CELL, NAMES = 22, 130
MOST_NAMED = 14
STRONG = 0.55
LETTERS = 20


@singledispatch
def pictured(drawing: Any, says: str) -> Markup:
    """Return a drawing as SVG; *says* is what a screen reader reads."""
    raise TypeError(f"cannot draw a {type(drawing).__name__} ({says})")


def text(kind: str, x: float, y: float, anchor: str, words: str) -> Markup:
    """Return a text; *kind* is its class."""
    return TEXT.format(kind=kind, x=short(x), y=short(y), anchor=anchor, text=words)


def ticks(top: float, most: int = 4) -> list[float]:
    """Return round values from 0 up to *top*, at most *most* steps."""
    if not math.isfinite(top) or top <= 0:
        return [0.0]
    rough = top / most
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * scale for nice in (1, 2, 2.5, 5, 10) if rough <= nice * scale * (1 + 1e-9))
    return [i * step for i in range(int(top / step + 1e-9) + 1)]


def _ruled(places: list[tuple[float, str]]) -> list[Markup]:
    rules = [rect("rule", LEFT, y, WIDE - LEFT, 1) for y, _ in places]
    return [*rules, *(text("tick", LEFT - 6, y + 4, "end", words) for y, words in places)]


@pictured.register
def _(drawing: Bars, says: str) -> Markup:
    top = max((bar.share for bar in drawing.bars), default=0.0) or 1.0
    start, end = drawing.bars[0].low, drawing.bars[-1].high
    room = (end - start) or 1.0
    high = TALL - TOP - FOOT

    def x(value: float) -> float:
        return LEFT + (WIDE - LEFT) * (value - start) / room

    def y(share: float) -> float:
        return TOP + high * (1 - share / top)

    body = _ruled([(y(t), number(t, "rate").replace(".0 %", " %")) for t in ticks(top, 3)])
    for bar in drawing.bars:
        left, right, foot = x(bar.low), x(bar.high), y(bar.share)
        tall = max(TOP + high - foot, 1.0) if bar.share else 0.0
        shape = rect("tail" if bar.tail else "bar", left + 0.5, TOP + high - tall, right - left - 1, tall)
        body.append(SAID.format(says=bar.says, body=shape + rect("ghost", left, TOP, right - left, high)))
    body += [text("tick", min(max(x(at), LEFT + 8), WIDE - 12), TALL - 18, "middle", words) for at, words in drawing.ticks]
    for at, words in drawing.marks:
        shape = rect("quantile", x(at) - 0.75, TOP, 1.5, high)
        body.append(SAID.format(says=words, body=shape))
    return SVG.format(w=WIDE, h=TALL - 10, says=says, body=Markup().join(body))


@pictured.register
def _(drawing: Series, says: str) -> Markup:
    points = drawing.points
    values = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    if not values:
        return Markup()
    least, most = (0.0, max(values)) if drawing.bars else (min(values), max(values))
    # A line needs air on both sides; a line that never moves is drawn in the middle.
    pad = 0.0 if drawing.bars else 0.08 * (most - least) or abs(most) * 0.1 or 1.0
    least, most = least - pad, most + pad
    if min(values) >= 0 and not drawing.bars:
        least = max(least, 0.0)
    high, step = TALL - TOP - FOOT, (WIDE - LEFT - 16) / max(len(points), 1)

    def y(value: float) -> float:
        return TOP + high * (1 - (value - least) / ((most - least) or 1.0))

    scale = [least + t for t in ticks(most - least, 3)] if drawing.bars else _between(least, most)
    body = _ruled([(y(t), _tick(t, drawing.unit)) for t in scale])
    body += _named(drawing, step)
    line: list[tuple[float, float]] = []
    dots: list[Markup] = []
    for i, point in enumerate(points):
        at = LEFT + 8 + step * (i + 0.5)
        if point.value is None:
            continue
        if drawing.bars:
            shape = rect("bar", at - step * 0.4, y(point.value), step * 0.8, TOP + high - y(point.value))
        else:
            line.append((at, y(point.value)))
            shape = Markup('<circle class="dot" cx="{}" cy="{}" r="3"/>').format(short(at), short(y(point.value)))
            if point.low is not None and point.high is not None:
                shape = rect("span", at - 0.75, y(point.high), 1.5, y(point.low) - y(point.high)) + shape
        dots.append(SAID.format(says=point.says, body=shape + rect("ghost", at - step / 2, TOP, step, high)))
    if len(line) > 1:
        path = " ".join(f"{short(a)},{short(b)}" for a, b in line)
        body.append(Markup('<polyline class="line" points="{}"/>').format(path))
    return SVG.format(w=WIDE, h=TALL - 10, says=says, body=Markup().join([*body, *dots]))


def _between(least: float, most: float) -> list[float]:
    step = (ticks(most - least, 3) + [most - least])[1]
    first = math.ceil(least / step)
    return [i * step for i in range(first, int(math.floor(most / step + 1e-9)) + 1)]


def _tick(value: float, unit: str) -> str:
    if unit == "rate":
        return f"{100 * value:.4g} %"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - thousands have no decimals


def _named(drawing: Series, step: float) -> list[Markup]:
    every = max(1, math.ceil(len(drawing.points) / MOST_NAMED))
    return [
        text("tick", LEFT + 8 + step * (i + 0.5), TALL - 18, "middle", point.name)
        for i, point in enumerate(drawing.points)
        if i % every == 0
    ]


@pictured.register
def _(drawing: Heat, says: str) -> Markup:
    names = [_cut(name) for name in drawing.names]
    n = len(names)
    size = max(9, min(CELL, (WIDE - NAMES) // max(n, 1)))
    w, h = NAMES + size * n + 8, size * n + NAMES
    body = [text("tick name", NAMES - 6, size * (i + 0.5) + 4, "end", name) for i, name in enumerate(names)]
    for j, name in enumerate(names):
        at = f"translate({short(NAMES + size * (j + 0.5) + 4)} {short(size * n + 8)}) rotate(-60)"
        body.append(Markup('<text class="tick name" transform="{}" text-anchor="end">{}</text>').format(at, name))
    for i, row in enumerate(drawing.cells):
        for j, value in enumerate(row):
            body.append(_heat_cell(drawing, i, j, value, size))
    return SVG.format(w=w, h=h, says=says, body=Markup().join(body))


def _heat_cell(drawing: Heat, i: int, j: int, value: float | None, size: int) -> Markup:
    x, y = NAMES + size * j, size * i
    if i == j:
        return rect("self", x + 0.5, y + 0.5, size - 1, size - 1)
    if value is None:
        return rect("none", x + 0.5, y + 0.5, size - 1, size - 1)
    kind = "falling" if value < 0 else "rising"
    shape = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill-opacity="{}"/>').format(
        kind, short(x + 0.5), short(y + 0.5), size - 1, size - 1, short(max(abs(value), 0.02))
    )
    if size >= CELL and abs(value) >= 0.1:  # noqa: PLR2004 - smaller ones are noise to the eye
        strong = " strong" if abs(value) > STRONG else ""
        shape += text(f"inside{strong}", x + size / 2, y + size / 2 + 3, "middle", f"{value:.1f}".replace("0.", "."))
    said = f"{drawing.names[i]} and {drawing.names[j]}: {value:.3f}"
    return SAID.format(says=said, body=shape)


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"
