"""Related: which columns go together."""

from __future__ import annotations

from secondline.core.explored import Exploration, Pair
from secondline.core.format import number
from secondline.reports.blocks import Cell, Paragraph
from secondline.reports.explore import words
from secondline.reports.explore.parts import Chapter, Heat, Mark, Marked, Picture, Span
from secondline.reports.explore.sections.target import p_short

KINDS = {"rank": "rank", "levels": "Cramer's V", "mixed": "ratio"}
MOST_NAMES, SHOWN = 34, 25


def section(found: Exploration) -> Chapter | None:
    """Return the associations of columns, or None with fewer than two that vary."""
    if not found.pairs:
        return None
    first = found.first
    text = (
        "Two numbers: Spearman's rank correlation with its interval, and Pearson's beside it. Two categories: Cramer's "
        "V; a number and a category: the correlation ratio, both less their bias. "
        f"Taken on {'all' if first.rank_error == 0 else 'the sample of'} {first.sample:,} rows, for each pair those "
        "where both are known."
    )
    names = _strongest(found)
    lookup = {frozenset((p.a, p.b)): p.value for p in found.pairs}
    cells = tuple(tuple(None if a == b else lookup.get(frozenset((a, b))) for b in names) for a in names)
    caption = "Association of columns: the stronger the colour, the closer; red where one falls as the other rises" + (
        f" (the {len(names)} most associated of {len(found.columns)})" if len(names) < len(found.columns) else ""
    )
    alt = f"Strength of association among {len(names)} columns; the strongest pairs are listed below"
    picture = Picture("associations", caption, Heat(tuple(names), cells), alt)
    rows = tuple(_row(pair) for pair in found.pairs[:SHOWN])
    head = ("Column", "Column", "Measure", "Value", "95 % interval", "", "Pearson", "n", "p")
    note = f"The {SHOWN} strongest of {len(found.pairs):,} pairs. p is of no association, one pair at a time."
    return Chapter(
        "related",
        "Columns that go together",
        (
            Paragraph((text,)),
            picture,
            Marked("pairs", "Strongest pairs", head, "lllrllrrr", rows, note if len(found.pairs) > SHOWN else ""),
        ),
    )


def _strongest(found: Exploration) -> list[str]:
    """Return at most MOST_NAMES columns, those in the strongest pairs, in the order of the data."""
    kept: dict[str, None] = {}
    for pair in found.pairs:
        for name in (pair.a, pair.b):
            if len(kept) < MOST_NAMES:
                kept.setdefault(name)
    return [c.name for c in found.columns if c.name in kept]


def _row(pair: Pair) -> tuple[Cell | Mark, ...]:
    signed = pair.low is not None and pair.high is not None
    low, high = (pair.low or 0.0, pair.high or 0.0) if signed else (pair.value, pair.value)
    return (
        Cell(pair.a), Cell(pair.b), Cell(KINDS[pair.kind]), Cell(number(pair.value)),
        Cell(words.interval(pair.low, pair.high)), Span(pair.value, low, high, -1.0, 1.0, 0.0),
        Cell(number(pair.linear) if pair.linear is not None else ""), Cell(f"{pair.n:,}"), Cell(p_short(pair.p)),
    )  # fmt: skip
