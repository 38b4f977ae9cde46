"""Drift: how other populations differ from the first."""

from __future__ import annotations

from secondline.core.explored import Column, Exploration, Looked, Shift
from secondline.core.format import number
from secondline.reports.blocks import Cell, Paragraph
from secondline.reports.explore import words
from secondline.reports.explore.parts import Chapter, Mark, Marked, Part, Share, Span
from secondline.reports.explore.sections.target import p_short, words_of

SHOWN = 40


def section(found: Exploration) -> Chapter | None:
    """Return the differences of each other population, or None with only one."""
    if len(found.populations) == 1:
        return None
    text = (
        "Columns are cut where the first population's sample has its deciles or levels; missing values are a bin of "
        "their own. PSI between two samples of one population is not 0 but (B - 1)(1/n + 1/m) on average: that is the "
        "noise. The interval is of the PSI of the populations, noise taken off. p is of no difference, after Holm over "
        "all columns."
    )
    parts: list[Part] = [Paragraph((text,))]
    for k, other in enumerate(found.populations[1:]):
        parts += _population(found, other, k)
    return Chapter("drift", "Between populations", tuple(parts))


def _population(found: Exploration, other: Looked, k: int) -> list[Part]:
    first = found.first
    said = f"{words.quoted(other.name)} has {other.rows:,} rows, {words.quoted(first.name)} {first.rows:,}."
    if other.rate is not None and first.rate is not None:
        said += (
            f" Event rate {number(other.rate, 'rate')} {words.interval(other.low, other.high, 'rate')} against "
            f"{number(first.rate, 'rate')} {words.interval(first.low, first.high, 'rate')}."
        )
    seen = [(i, c, c.shifts[k]) for i, c in enumerate(found.columns) if k < len(c.shifts)]
    told = sorted(
        ((i, c, s) for i, c, s in seen if s.psi is not None), key=lambda e: -((e[2].psi or 0) - (e[2].noise or 0))
    )
    untold = [f"{words.quoted(c.name)} ({s.because})" for _, c, s in seen if s.psi is None and s.because]
    said += f" Not compared: {'; '.join(untold[:12])}." if untold else ""
    if not told:
        return [Paragraph((said,))]
    most = max(max(s.high or 0.0, s.psi or 0.0) for _, _, s in told[:SHOWN]) or 1.0
    gaps = any(s.missing or c.absent for _, c, s in told[:SHOWN])
    rows = tuple(_row(i, c, s, most, gaps=gaps) for i, c, s in told[:SHOWN])
    head = (
        "Column",
        "PSI",
        "Noise",
        "95 % interval",
        "",
        "p",
        *(("No value", "before") if gaps else ()),
        "Mean",
        "before",
    )
    return [
        Paragraph((said,)),
        Marked(
            f"drift-{k}",
            f"{other.name} against {first.name}, most changed first",
            head,
            "lrrll" + "r" * (5 if gaps else 3),
            rows,
            f"The {SHOWN} most changed of {len(told)}." if len(told) > SHOWN else "",
        ),
    ]


def _row(i: int, column: Column, shift: Shift, most: float, *, gaps: bool) -> tuple[Cell | Mark, ...]:
    psi, noise = shift.psi or 0.0, shift.noise or 0.0
    p = shift.p_adjusted if shift.p_adjusted is not None else 1.0
    mean = column.numbers.mean if column.numbers else None
    return (
        Cell(column.name, f"c-{i}"), Cell(words.small(psi)), Cell(words.small(noise), tone="muted"),
        Cell(words.interval(shift.low, shift.high)),
        Span(max(psi - noise, 0.0), shift.low or 0.0, shift.high or 0.0, 0.0, most),
        Cell(p_short(p), tone="muted" if p >= 0.05 else ""),  # noqa: PLR2004 - the usual level
        *((words.share_cell(shift.missing), words.share_cell(column.absent)) if gaps else ()),
        Cell(words.value(column, shift.mean) if shift.mean is not None else ""),
        Cell(words.value(column, mean) if mean is not None else ""),
    )  # fmt: skip


def bins(column: Column, first: str) -> tuple[Marked, ...]:
    """Return the shares by bin of one column, before and after."""
    return tuple(_bins(column, shift, first, k) for k, shift in enumerate(column.shifts) if shift.bins)


def _bins(column: Column, shift: Shift, first: str, k: int) -> Marked:
    top = max(max(b.before, b.after) for b in shift.bins)
    rows = tuple(
        (
            Cell(words_of(b.label, column)),
            Cell(words.share(b.before)),
            Cell(words.share(b.after)),
            Share(b.after, top, b.before),
        )
        for b in shift.bins
    )
    caption = f"Shares in {shift.population} (dark) and {first} (pale)"
    return Marked(
        f"shift-{k}-{column.name}", caption, ("Values", first, shift.population, ""), "lrrl", rows, look="narrow"
    )
