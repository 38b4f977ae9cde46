"""Slices: the population by time and by segment."""

from __future__ import annotations

from collections.abc import Sequence

from secondline.core.explored import Column, Exploration, Slice
from secondline.core.format import number
from secondline.reports.blocks import Cell, Paragraph
from secondline.reports.explore import words
from secondline.reports.explore.parts import Chapter, Mark, Marked, Part, Picture, Point, Series, Share, Span, Trend

STEPS = {"day": "day", "month": "month", "year": "year"}
MOST_COLUMNS = 60
HALF = 400
UNFOLDED = 30
"""Rows a table may have before it starts closed."""


def over_time(found: Exploration) -> Chapter | None:
    """Return the population by day, month or year, or None without a time column."""
    periods = [p for p in found.periods if p.name != "(missing)"]
    if not periods:
        return None
    step = STEPS[found.step]
    gone = sum(p.rows for p in found.periods) - sum(p.rows for p in periods)
    text = f"Rows by {step} of {words.quoted(found.roles['time'])}" + (
        f"; {gone:,} rows have no time." if gone else "."
    )
    parts: list[Part] = [Paragraph((text,)), _rows(periods, step)]
    if any(p.rate is not None for p in periods):
        parts.append(_rate(periods, step))
    parts.append(_columns(found, periods, step))
    return Chapter("time", "Over time", tuple(parts))


def _rows(periods: Sequence[Slice], step: str) -> Picture:
    points = tuple(Point(p.name, float(p.rows), None, None, f"{p.name}: {p.rows:,} rows") for p in periods)
    alt = f"Rows by {step}, from {periods[0].name} to {periods[-1].name}"
    return Picture("time-rows", f"Rows by {step}", Series(points, bars=True, width=HALF), alt, "half")


def _rate(periods: Sequence[Slice], step: str) -> Picture:
    points = tuple(Point(p.name, p.rate, p.low, p.high, _said(p)) for p in periods)
    return Picture(
        "time-rate",
        f"Event rate by {step}, with Wilson's 95 % interval",
        Series(points, "rate", width=HALF),
        f"Event rate by {step}",
        "half",
    )


def _said(one: Slice) -> str:
    if one.rate is None:
        return f"{one.name}: no labelled row"
    rate = f"{number(one.rate, 'rate')} {words.interval(one.low, one.high, 'rate')}"
    return f"{one.name}: {rate}, {one.events:,} of {one.labelled:,}"


def _columns(found: Exploration, periods: Sequence[Slice], step: str) -> Marked:
    rows = tuple(
        _trend(i, c, periods) for i, c in enumerate(found.columns) if any(c.name in p.columns for p in periods)
    )[:MOST_COLUMNS]
    head = ("Column", "No value", "lowest", "highest", "Mean", "lowest", "highest")
    return Marked(
        "time-columns",
        f"Every column by {step}",
        head,
        "llrrlrr",
        rows,
        "Means of numbers over finite values.",
        folded=len(rows) > UNFOLDED,
    )


def _trend(i: int, column: Column, periods: Sequence[Slice]) -> tuple[Cell | Mark, ...]:
    parts = [p.columns.get(column.name) for p in periods]
    absent = tuple(part.absent if part else None for part in parts)
    means = tuple(part.mean if part else None for part in parts)
    known = [m for m in means if m is not None]
    gone = [a for a in absent if a is not None]
    flat = max(gone, default=0.0) == 0
    return (
        Cell(column.name, f"c-{i}"),
        Cell("none", tone="muted") if flat else Trend(absent, f"share without from {min(gone):.3f} to {max(gone):.3f}"),
        Cell("" if flat else words.share(min(gone))), Cell("" if flat else words.share(max(gone))),
        Trend(means, f"mean from {min(known):.4g} to {max(known):.4g}") if known else Cell(""),
        Cell(words.value(column, min(known)) if known else ""), Cell(words.value(column, max(known)) if known else ""),
    )  # fmt: skip


def by_segment(found: Exploration) -> Chapter | None:
    """Return the population by segment, or None without one."""
    if not found.segments:
        return None
    labelled = any(s.rate is not None for s in found.segments)
    text = f"Levels of {words.quoted(found.roles['by'])}, largest twenty."
    parts: list[Part] = [Paragraph((text,)), _levels(found, labelled=labelled), _means(found)]
    return Chapter("segments", "By segment", tuple(parts))


def _levels(found: Exploration, *, labelled: bool) -> Marked:
    total = found.first.rows
    top = max(s.rows for s in found.segments) / total
    rates = [s for s in found.segments if s.rate is not None]
    start, end = min((s.low or 0.0 for s in rates), default=0.0), max((s.high or 0.0 for s in rates), default=1.0)
    rows: list[tuple[Cell | Mark, ...]] = []
    for one in found.segments:
        cells: tuple[Cell | Mark, ...] = (
            Cell(one.name),
            Cell(f"{one.rows:,}"),
            Cell(words.share(one.rows / total)),
            Share(one.rows / total, top),
        )
        if labelled:
            rate = number(one.rate, "rate") if one.rate is not None else "none"
            span = Span(one.rate, one.low or 0.0, one.high or 1.0, start, end, found.first.rate)
            cells = (*cells, Cell(f"{one.events:,}"), Cell(rate), Cell(words.interval(one.low, one.high, "rate")), span)
        rows.append(cells)
    head = ("Segment", "Rows", "Share", "", *(("Events", "Rate", "Wilson 95 %", "") if labelled else ()))
    return Marked(
        "segment-levels",
        "Segments",
        head,
        "lrrl" + ("rrll" if labelled else ""),
        tuple(rows),
        "The line marks the rate of all rows." if labelled else "",
    )


def _means(found: Exploration) -> Marked:
    shown = found.segments[:8]
    rows = []
    for i, column in enumerate(found.columns):
        parts = [s.columns.get(column.name) for s in shown]
        if column.kind != "number" and not any(p and p.absent for p in parts):
            continue
        cells = [Cell("" if p is None else _part(column, p.mean, p.low, p.high, p.absent)) for p in parts]
        rows.append((Cell(column.name, f"c-{i}"), *cells))
    head = ("Column", *(s.name for s in shown))
    note = (
        "Means of numbers with the half-width of their 95 % interval; for columns with gaps the share without a value."
    )
    return Marked(
        "segment-means",
        "Means by segment",
        head,
        "l" + "r" * len(shown),
        tuple(rows[:MOST_COLUMNS]),
        note,
        folded=len(rows) > UNFOLDED,
    )


def _part(column: Column, mean: float | None, low: float | None, high: float | None, absent: float) -> str:
    gap = f"{words.share(absent)} without" if absent else ""
    if mean is None or column.kind != "number":
        return gap
    reach = f" \N{PLUS-MINUS SIGN} {words.plain((high - low) / 2)}" if low is not None and high is not None else ""
    return f"{words.plain(mean)}{reach}" + (f", {gap}" if gap else "")
