"""Pictures: the large drawings of the page, as SVG that the page's style colours."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

from markupsafe import Markup

from secondline.reports.explore.marks import rect, short
from secondline.reports.explore.parts import Bars, Heat, Series

WIDE, TALL = 640, 168
TOP, FOOT = 8, 34
LETTER = 6.4  # pixels a letter of a tick is wide
SVG = Markup(
    '<svg class="picture" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{says}">{body}</svg>'
)
TEXT = Markup('<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>')
SAID = Markup("<g><title>{says}</title>{body}</g>")
CELL, NAMES = 22, 130
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


def _room(labels: list[str]) -> float:
    return 12 + LETTER * max(map(len, labels), default=0)


def _ruled(places: list[tuple[float, str]], left: float, width: float) -> list[Markup]:
    rules = [rect("rule", left, y, width - left, 1) for y, _ in places]
    return [*rules, *(text("tick", left - 6, y + 4, "end", words) for y, words in places)]


@pictured.register
def _(drawing: Bars, says: str) -> Markup:
    top = max((bar.share for bar in drawing.bars), default=0.0) or 1.0
    start, end = drawing.bars[0].low, drawing.bars[-1].high
    high = TALL - TOP - FOOT
    steps = [(TOP + high * (1 - t / top), _tick(t, "rate")) for t in ticks(top, 3)]
    left = _room([words for _, words in steps])

    def x(value: float) -> float:
        return left + (WIDE - left) * (value - start) / ((end - start) or 1.0)

    body = _ruled(steps, left, WIDE)
    for bar in drawing.bars:
        at, width = x(bar.low), x(bar.high) - x(bar.low)
        # A bar that holds any row must be seen.
        tall = max(high * bar.share / top, 1.0) if bar.share else 0.0
        shape = rect("tail" if bar.tail else "bar", at + 0.5, TOP + high - tall, width - 1, tall)
        body.append(SAID.format(says=bar.says, body=shape + rect("ghost", at, TOP, width, high)))
    for at, words in drawing.ticks:
        body.append(text("tick", min(max(x(at), left + 8), WIDE - 12), TALL - 18, "middle", words))
    for at, words in drawing.marks:
        body.append(SAID.format(says=words, body=rect("quantile", x(at) - 0.75, TOP, 1.5, high)))
    return SVG.format(w=WIDE, h=TALL - 10, says=says, body=Markup().join(body))


@pictured.register
def _(drawing: Series, says: str) -> Markup:
    found = _scaled(drawing)
    if found is None:
        return Markup()
    least, most = found
    width, high = drawing.width, TALL - TOP - FOOT

    def y(value: float) -> float:
        return TOP + high * (1 - (value - least) / ((most - least) or 1.0))

    scale = [least + t for t in ticks(most - least, 3)] if drawing.bars else _between(least, most)
    steps = [(y(t), _tick(t, drawing.unit)) for t in scale]
    left = _room([words for _, words in steps])
    step = (width - left - 16) / max(len(drawing.points), 1)
    body = [*_ruled(steps, left, width), *_named(drawing, left, step)]
    line: list[str] = []
    for i, point in enumerate(drawing.points):
        if point.value is None:
            continue
        at = left + 8 + step * (i + 0.5)
        line.append(f"{short(at)},{short(y(point.value))}")
        if drawing.bars:
            shape = rect("bar", at - step * 0.4, y(point.value), step * 0.8, TOP + high - y(point.value))
        else:
            shape = Markup('<circle class="dot" cx="{}" cy="{}" r="3"/>').format(short(at), short(y(point.value)))
        if point.low is not None and point.high is not None:
            shape = rect("span", at - 0.75, y(point.high), 1.5, y(point.low) - y(point.high)) + shape
        body.append(SAID.format(says=point.says, body=shape + rect("ghost", at - step / 2, TOP, step, high)))
    if not drawing.bars and len(line) > 1:
        body.append(Markup('<polyline class="line" points="{}"/>').format(" ".join(line)))
    return SVG.format(w=width, h=TALL - 10, says=says, body=Markup().join(body))


def _scaled(drawing: Series) -> tuple[float, float] | None:
    """Return the ends of the vertical scale: from zero for bars, with air on both sides of a line."""
    values = [v for p in drawing.points for v in (p.value, p.low, p.high) if v is not None]
    if not values:
        return None
    least, most = min(values), max(values)
    if drawing.bars:
        return 0.0, most or 1.0
    # A line that never moves is drawn in the middle.
    pad = 0.08 * (most - least) or abs(most) * 0.1 or 1.0
    return (max(least - pad, 0.0) if least >= 0 else least - pad), most + pad


def _between(least: float, most: float) -> list[float]:
    step = [*ticks(most - least, 3), most - least][1]
    first = math.ceil(least / step)
    return [i * step for i in range(first, math.floor(most / step + 1e-9) + 1)]


def _tick(value: float, unit: str) -> str:
    if unit == "rate":
        return f"{100 * value:.4g} %"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 - thousands have no decimals


def _named(drawing: Series, left: float, step: float) -> list[Markup]:
    room = LETTER * max(len(point.name) for point in drawing.points) + 8
    every = max(1, math.ceil(room / step))
    return [
        text("tick", left + 8 + step * (i + 0.5), TALL - 18, "middle", point.name)
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
