"""Columns: one section a column, from its distribution to its drift."""

from __future__ import annotations

from secondline.core.explored import Bar as Counted
from secondline.core.explored import Column, Exploration, Numbers
from secondline.core.format import number
from secondline.reports.blocks import Bullets, Cell, KeyFacts, Paragraph, Span
from secondline.reports.explore import words
from secondline.reports.explore.parts import Bar, Bars, Chapter, Marked, Part, Picture, Point, Series
from secondline.reports.explore.sections import drift, target
from secondline.reports.explore.sections.overview import levels

MOST = 400
"""Columns that get a section of their own."""
TICKS = 6
FEW = 2


def sections(found: Exploration) -> list[Chapter]:
    """Return a chapter for each column, in the order of the data."""
    chapters = [_chapter(found, i, column) for i, column in enumerate(found.columns[:MOST])]
    if len(found.columns) > MOST:
        rest = f"Only the first {MOST} of {len(found.columns):,} columns have a section; the overview has all."
        chapters.append(Chapter("rest", "Further columns", (Paragraph((rest,)),)))
    return chapters


def _chapter(found: Exploration, i: int, column: Column) -> Chapter:
    role = f", {words.ROLES[column.role]}" if column.role else ""
    parts: list[Part] = [_facts(column)]
    if column.remarks:
        parts.append(Bullets(tuple((remark,) for remark in column.remarks)))
    if column.numbers and column.bars:
        parts += [_histogram(column, column.numbers), *_quantiles(column, column.numbers)]
    if column.levels:
        parts.append(levels(column))
    if column.signal:
        parts += [*_worth(column), *target.rates(column, found.first.rate)]
    parts += [*_trend(found, column), *drift.bins(column, found.first.name)]
    return Chapter(f"c-{i}", column.name, tuple(parts), f"{words.KINDS[column.kind]}{role} ({column.type})", minor=True)


def _facts(column: Column) -> KeyFacts:
    items: list[tuple[str, tuple[Span, ...]]] = [("Rows with a value", (f"{column.known:,} of {column.rows:,}",))]
    if column.missing:
        items.append(("Missing", (f"{column.missing:,} ({words.share(column.missing / column.rows)})",)))
    odd = (("NaN", column.nan), ("Infinite", column.infinite), ("Blank texts", column.blank))
    items += [(name, (f"{n:,}",)) for name, n in odd if n]
    if column.distinct is not None:
        items.append(("Distinct values", (words.amount(column.distinct),)))
    if column.lengths:
        low, high = column.lengths
        items.append(("Length of texts", (f"{low:,} to {high:,}" if low != high else f"{low:,}",)))
    if column.numbers:
        items += _moments(column, column.numbers)
    return KeyFacts(tuple(items))


def _moments(column: Column, numbers: Numbers) -> list[tuple[str, tuple[Span, ...]]]:
    ends = f"{words.value(column, numbers.low)} to {words.value(column, numbers.high)}"
    items: list[tuple[str, tuple[Span, ...]]] = [("Range", (ends,)), ("Mean", (words.value(column, numbers.mean),))]
    if column.kind == "time":
        return items
    items.append(("Standard deviation", (words.plain(numbers.sd) if numbers.sd is not None else "none",)))
    counts = (("Zeros", numbers.zeros), ("Negative", numbers.negatives))
    items += [(name, (f"{n:,} ({words.share(n / numbers.n)})",)) for name, n in counts if n]
    if numbers.fences and numbers.fences[0] < numbers.fences[1]:
        low, high = (words.plain(fence) for fence in numbers.fences)
        outside = numbers.below + numbers.above
        beyond = f"{outside:,}" + (f" ({words.share(outside / numbers.n)})" if outside else "")
        items.append((f"Beyond the far fences ({low}; {high})", (beyond,)))
    return items


def _histogram(column: Column, numbers: Numbers) -> Picture:
    bars, total = column.bars, numbers.n
    width = next((b.high - b.low for b in bars if b.low is not None and b.high is not None), 1.0)
    drawn = tuple(
        Bar(*_ends(b, width), b.rows / total, _said(b, column, total), b.low is None or b.high is None) for b in bars
    )
    inner = [b for b in bars if b.low is not None and b.high is not None]
    every = max(1, -(-len(inner) // TICKS))
    edges = [b.low for b in inner[::every] if b.low is not None]
    shift = width / 2 if "int" in column.type and width == 1 else 0.0
    ticks = tuple((edge + shift, words.value(column, edge)) for edge in edges)
    marks = tuple(
        (q.value + shift, f"{name} {words.value(column, q.value)}")
        for q in numbers.quantiles
        for p, name in ((0.25, "lower quartile"), (0.5, "median"), (0.75, "upper quartile"))
        if q.p == p and drawn[0].low <= q.value <= drawn[-1].high
    )
    alt = f"Histogram of {column.name}: " + "; ".join(bar.says for bar in sorted(drawn, key=lambda b: -b.share)[:3])
    tails = " Pale bars hold all values beyond the scale." if any(b.tail for b in drawn) else ""
    caption = f"All {total:,} finite values. Lines mark the quartiles.{tails}"
    return Picture(f"histogram-{column.name}", caption, Bars(drawn, ticks, marks), alt, "half")


def _ends(bar: Counted, width: float) -> tuple[float, float]:
    """Return where a bar is drawn; an open end gets a bar's width, set apart by half of one."""
    if bar.low is None:
        high = bar.high or 0.0
        return high - 1.5 * width, high - 0.5 * width
    return (bar.low, bar.high) if bar.high is not None else (bar.low + 0.5 * width, bar.low + 1.5 * width)


def _said(bar: Counted, column: Column, total: int) -> str:
    return f"{words.bounds(bar, column)}: {bar.rows:,} rows, {words.share(bar.rows / total)}"


def _quantiles(column: Column, numbers: Numbers) -> tuple[Marked, ...]:
    if not numbers.quantiles or numbers.n < FEW:
        return ()
    head = ("Share at or below", *(f"{100 * q.p:g} %" for q in numbers.quantiles))
    rows = [(Cell("Value"), *(Cell(words.value(column, q.value)) for q in numbers.quantiles))]
    exact = all(q.low == q.value == q.high for q in numbers.quantiles)
    if not exact:
        rows.append((Cell("95 % from"), *(Cell(words.value(column, q.low)) for q in numbers.quantiles)))
        rows.append((Cell("95 % to"), *(Cell(words.value(column, q.high)) for q in numbers.quantiles)))
    return (Marked(f"quantiles-{column.name}", "Quantiles", head, "l" + "r" * len(numbers.quantiles), tuple(rows)),)


def _worth(column: Column) -> tuple[Paragraph, ...]:
    signal = column.signal
    if signal is None:
        return ()
    if signal.corrected is None:
        return (Paragraph((f"No information value: {signal.because}.",)),)
    p = signal.p_adjusted if signal.p_adjusted is not None else 1.0
    area = (
        f" AUC of this column alone {number(signal.auc)} {words.interval(signal.auc_low, signal.auc_high)}."
        if signal.auc is not None
        else ""
    )
    text = (
        f"Information value {number(max(signal.corrected, 0.0))} {words.interval(signal.low, signal.high)} after "
        f"{number(signal.noise or 0.0)} of noise is taken off; p {_compared(p)} after Holm, n {signal.n:,.0f}.{area}"
    )
    return (Paragraph((text,)),)


def _compared(p: float) -> str:
    text = target.p_short(p)
    return text if text.startswith("<") else f"= {text}"


def _trend(found: Exploration, column: Column) -> tuple[Picture, ...]:
    periods = [p for p in found.periods if p.name != "(missing)" and column.name in p.columns]
    if len(periods) < FEW or column.kind != "number":
        return ()
    parts = [(p.name, p.columns[column.name]) for p in periods]
    points = tuple(
        Point(
            name,
            x.mean,
            x.low,
            x.high,
            f"{name}: " + ("no value" if x.mean is None else f"{words.plain(x.mean)} (n {x.n:,})"),
        )
        for name, x in parts
    )
    if not any(point.value is not None for point in points):
        return ()
    return (
        Picture(
            f"trend-{column.name}",
            f"Mean by {found.step}, with its 95 % interval",
            Series(points),
            f"Mean of {column.name} by {found.step}",
            "half",
        ),
    )
