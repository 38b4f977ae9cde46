"""Target: which columns tell events from the rest, and how much of that is noise."""

from __future__ import annotations

from secondline.core.explored import Column, Exploration, RateBar, Signal
from secondline.core.format import number
from secondline.reports.blocks import Cell, Paragraph
from secondline.reports.explore import words
from secondline.reports.explore.parts import Chapter, Mark, Marked, Share, Span

SHOWN, LEVELS = 40, 20


def section(found: Exploration) -> Chapter | None:
    """Return the columns by what they know of the label, or None without a label."""
    label = found.roles.get("label")
    if label is None:
        return None
    seen = [(i, c, c.signal) for i, c in enumerate(found.columns) if c.signal is not None]
    told = [(i, c, s) for i, c, s in seen if s.corrected is not None]
    told.sort(key=lambda entry: -(entry[2].corrected or 0.0))
    text = f"How much each column alone tells of {words.quoted(label)}. "
    if not told:
        because = next((s.because for _, _, s in seen if s.because), "no other column can be set against it")
        return Chapter("target", "Against the label", (Paragraph((text + f"No number: {because}.",)),))
    text += (
        "Pure noise in B bins is worth (B - 1)(1/events + 1/others) of information value on average; the column IV has "
        "it taken off. p is the chance of as much from noise alone, after Holm over all columns."
    )
    most = max(s.high or 0.0 for _, _, s in told[:SHOWN]) or 1.0
    rows = tuple(_row(i, c, s, most) for i, c, s in told[:SHOWN])
    head = ("Column", "IV", "95 % interval", "", "Noise", "p", "AUC alone", "95 % interval")
    note = f"The {SHOWN} strongest of {len(told)}." if len(told) > SHOWN else ""
    return Chapter(
        "target",
        "Against the label",
        (
            Paragraph((text,)),
            Marked("signals", "Columns by information value", head, "lrllrrrl", rows, note),
        ),
    )


def _row(i: int, column: Column, signal: Signal, most: float) -> tuple[Cell | Mark, ...]:
    low, high = signal.low or 0.0, signal.high or 0.0
    p = signal.p_adjusted if signal.p_adjusted is not None else 1.0
    return (
        Cell(column.name, f"c-{i}"),
        Cell(number(max(signal.corrected or 0.0, 0.0))),
        Cell(words.interval(low, high)),
        Span(max(signal.corrected or 0.0, 0.0), low, high, 0.0, most),
        Cell(number(signal.noise or 0.0)),
        Cell(p_short(p), tone="muted" if p >= 0.05 else ""),  # noqa: PLR2004 - the usual level
        Cell(number(signal.auc) if signal.auc is not None else ""),
        Cell(words.interval(signal.auc_low, signal.auc_high)),
    )


def p_short(p: float) -> str:
    """Return a p-value without its letter."""
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"  # noqa: PLR2004 - digits


def rates(column: Column, base: float | None) -> tuple[Marked, ...]:
    """Return the event rate by bin, with intervals on one scale and the overall rate marked."""
    signal = column.signal
    if signal is None or not signal.bins:
        return ()
    shown = signal.bins if column.numbers or column.kind == "time" else _largest(signal.bins)
    known = [b for b in shown if b.rate is not None]
    if not known:
        return ()
    start = min(b.low for b in known)
    end = max(b.high for b in known)
    widest = max(b.rows for b in signal.bins) / column.rows
    rows = tuple(
        (
            Cell(words_of(b.label, column)), Cell(f"{b.rows:,}"), Share(b.rows / column.rows, widest),
            Cell(f"{b.events:,}"), Cell(number(b.rate, "rate") if b.rate is not None else "none"),
            Cell(words.interval(b.low, b.high, "rate") if b.rate is not None else ""),
            Span(b.rate, b.low, b.high, start, end, base), Cell(number(b.woe) if b.woe is not None else ""),
        )
        for b in shown
    )  # fmt: skip
    head = ("Values", "Rows", "", "Events", "Rate", "Wilson 95 %", "", "WOE")
    note = f"The {len(shown)} largest of {len(signal.bins)} levels." if len(shown) < len(signal.bins) else ""
    caption = "Event rate by value; the line marks the rate of all rows"
    return (Marked(f"rates-{column.name}", caption, head, "lrlrrllr", rows, note),)


def _largest(bins: tuple[RateBar, ...]) -> tuple[RateBar, ...]:
    """Return the bins of a category, largest first; missing and other levels last."""
    return tuple(sorted(bins, key=lambda b: (b.label.startswith("("), -b.rows)))[:LEVELS]


def words_of(label: str, column: Column) -> str:
    """Return the name of a bin; ends of a time are dates."""
    if column.kind != "time" or " to " not in label:
        return label
    try:
        low, high = (float(part.replace(",", "")) for part in label.split(" to "))
    except ValueError:
        return label
    return f"{words.instant(low)} to {words.instant(high)}"
