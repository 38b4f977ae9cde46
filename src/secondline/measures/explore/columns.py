"""Columns: what a look counted in one column, as values to show."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

import numpy as np

from secondline.core.explored import Amount, Bar, Column, Level, Numbers, Quantile
from secondline.core.tables import Grid
from secondline.frames.explore.gather import Look
from secondline.stats.explore.quantiles import quantiles

LEVELS = 20


def column(look: Look, name: str, role: str) -> Column:
    """Return one column as the look found it."""
    kind, type_ = look.opened.kinds[name], look.opened.relation.types[name].lstrip("!")
    if kind == "other":
        skipped = f"a column of type {type_} is counted as missing or not, and no more"
        return Column(name, type_, kind, look.rows, look.nulls.get(name, 0), role, skipped=skipped)
    counted = look.distinct[name]
    distinct = Amount(counted.value, counted.error)
    if name in look.grids:
        grid = look.grids[name]
        return Column(
            name, type_, kind, look.rows, grid.missing, role, nan=grid.nan, infinite=grid.infinite, distinct=distinct,
            numbers=_numbers(look, grid), bars=bars(grid),
        )  # fmt: skip
    histogram = look.histograms[name]
    size, labels = histogram.bins.size, histogram.bins.labels
    order = sorted((i for i in range(size) if histogram.rows[i]), key=lambda i: (-int(histogram.rows[i]), labels[i]))
    levels = tuple(Level(labels[i], int(histogram.rows[i])) for i in order[:LEVELS])
    others = int(histogram.rows[size]) + sum(int(histogram.rows[i]) for i in order[LEVELS:])
    texts = look.texts.get(name)
    lengths = (
        (texts.shortest, texts.longest) if texts and texts.shortest is not None and texts.longest is not None else None
    )
    return Column(
        name, type_, kind, look.rows, int(histogram.rows[size + 1]), role, blank=texts.blank if texts else 0,
        distinct=distinct, levels=levels, others=others, lengths=lengths,
        reads_as=reads_as(look.sample.columns[name].tolist()) if kind == "text" else "",
    )  # fmt: skip


def bars(grid: Grid) -> tuple[Bar, ...]:
    """Return the filled span of a grid as bars: every step between the first and the last that holds a row."""
    if not grid.finite:
        return ()
    cut = grid.steps
    # The end of the step of the very largest doubles is no double: it is open.
    edges = [edge if math.isfinite(edge := cut.edge(i)) else None for i in range(cut.bins + 1)]
    lows, highs = [None, *edges], [*edges, None]
    filled = np.flatnonzero(grid.rows)
    return tuple(Bar(lows[i], highs[i], int(grid.rows[i])) for i in range(int(filled[0]), int(filled[-1]) + 1))


def _numbers(look: Look, grid: Grid) -> Numbers | None:
    found = grid.moments
    if not found.rows:
        return None
    fences = grid.steps.fences
    return Numbers(
        n=found.rows,
        low=found.low,
        high=found.high,
        mean=found.mean if math.isfinite(found.mean) else None,
        sd=spread(found.rows, found.m2),
        zeros=grid.zeros,
        negatives=grid.negatives,
        below=grid.beyond[0],
        above=grid.beyond[1],
        fences=fences if math.isfinite(fences[0]) and math.isfinite(fences[1]) else None,
        quantiles=tuple(Quantile(q.p, q.value, q.low, q.high) for q in quantiles(look.sample, grid.steps.column)),
    )


def reads_as(texts: list[str | None]) -> str:
    """Return ``numbers`` or ``dates`` when all *texts*, blanks left aside, can be read so, else nothing."""
    known = {text for text in set(texts) if text is not None and text.strip()}
    readers: dict[str, Callable[[str], object]] = {"numbers": float, "dates": datetime.fromisoformat}
    for name, reads in readers.items():
        if known and all(_reads(text, reads) for text in known):
            return name
    return ""


def _reads(text: str, reads: Callable[[str], object]) -> bool:
    try:
        reads(text)
    except ValueError:
        return False
    return True


def spread(n: int, m2: float) -> float | None:
    """Return the standard deviation of a sample; None of one row, or where the squares overflowed."""
    return math.sqrt(m2 / (n - 1)) if n > 1 and math.isfinite(m2) else None
