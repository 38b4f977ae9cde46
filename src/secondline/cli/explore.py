"""The explore command's screen: the population in a line, every column on one, and what to look at first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.markup import escape

from secondline.cli.screen import Screen, grid, print_json
from secondline.core.explored import Column, Exploration
from secondline.core.format import number
from secondline.reports.explore import words

if TYPE_CHECKING:
    from rich.table import Table

BLOCKS = "".join(chr(0x2581 + i) for i in range(8))
"""Eighths of a block, from one to eight."""
WIDE = 100
"""Columns of a terminal that show every column of the table; a narrower one gets shorter names and no kinds."""
SHOWN, REMARKS = 60, 12


def run_exploration(
    data: str, label: str | None, event: str | None, time: str | None, by: str | None, against: Sequence[str],
    columns: Sequence[str], output: Path | None, screen: Screen, *, guessing: bool,
) -> None:  # fmt: skip
    """Look at *data*, print what was found, and write the page (beside the terminal's folder when *output* is None)."""
    from secondline.workflow.explore import explore

    with screen.progress() as progress:
        look = explore(
            data, label=label, event=event, time=time, by=by, against=list(against) or None, columns=columns,
            guessing=guessing, progress=progress,
        )  # fmt: skip
    path = output or Path(f"{look.found.first.name}-explored.html")
    if screen.quiet:
        if output is not None:
            look.report(path)
        print_json(look.to_json())
        return
    show(look.found, screen)
    screen.say(f"page  [bold]{escape(str(look.report(path)))}[/]")


def show(found: Exploration, screen: Screen) -> None:
    """Print an exploration."""
    first = found.first
    rate = (
        f"   event rate {number(first.rate, 'rate')} {words.interval(first.low, first.high, 'rate')}"
        if first.rate is not None
        else ""
    )
    repeated = words.amount(first.duplicates) if first.duplicates and first.duplicates.value else "no"
    size = f"{first.rows:,} rows   {first.columns:,} columns   {repeated} repeated rows"
    screen.say(f"[bold]{escape(first.name)}[/]   {size}{escape(rate)}")
    roles = [f"{words.ROLES[r]} {c}" + (" (guessed)" if r in found.guessed else "") for r, c in found.roles.items()]
    screen.say(
        "[dim]an exploration: it fixes no plan and judges nothing[/]"
        + (f"   {escape(', '.join(roles))}" if roles else "")
    )
    screen.say()
    screen.out.print(_table(found, wide=screen.out.width >= WIDE))
    more = len(found.columns) - SHOWN
    if more > 0:
        screen.say(f"[dim]and {more:,} more columns on the page[/]")
    screen.say()
    _remarks(found, screen)


def _table(found: Exploration, *, wide: bool) -> Table:
    label = any(c.signal for c in found.columns)
    other = len(found.populations) > 1
    name, middle, bars = (28, 22, 16) if wide else (20, 12, 10)
    heads = ["column", *(["kind"] if wide else []), ">no value", ">distinct", "distribution", ">middle"]
    table = grid(*heads, *([">IV"] if label else []), *([">PSI"] if other else []))
    for column in found.columns[:SHOWN]:
        cells = [
            escape(cut(column.name, name)), *([column.kind] if wide else []), words.share(column.absent),
            _distinct(column), spark(column, bars), escape(cut(_middle(column), middle)),
        ]  # fmt: skip
        table.add_row(*cells, *([_worth(column)] if label else []), *([_moved(column)] if other else []))
    return table


def _distinct(column: Column) -> str:
    count = column.distinct
    if count is None:
        return ""
    return f"~{words.rounded(count.value)}" if count.error else f"{count.value:,.0f}"


def _middle(column: Column) -> str:
    if column.numbers:
        return words.value(column, column.numbers.at(0.5))
    return column.levels[0].name if column.levels else ""


def _worth(column: Column) -> str:
    signal = column.signal
    if signal is None or signal.corrected is None:
        return ""
    noise = signal.p_adjusted is not None and signal.p_adjusted >= 0.05  # noqa: PLR2004 - the usual level
    return "[dim]noise[/]" if noise else number(max(signal.corrected, 0.0))


def _moved(column: Column) -> str:
    shift = max(column.shifts, key=lambda s: (s.psi or 0.0) - (s.noise or 0.0), default=None)
    if shift is None or shift.psi is None:
        return ""
    noise = shift.p_adjusted is not None and shift.p_adjusted >= 0.05  # noqa: PLR2004 - the usual level
    return "[dim]noise[/]" if noise else number(shift.psi)


def spark(column: Column, most_bars: int) -> str:
    """Return the distribution of a column in block characters, each as tall as the mean of the steps it stands for."""
    counts = [float(bar.rows) for bar in column.bars] or [float(level.rows) for level in column.levels[:most_bars]]
    if not counts:
        return ""
    if len(counts) > most_bars:
        edges = [round(i * len(counts) / most_bars) for i in range(most_bars + 1)]
        counts = [sum(counts[a:b]) / (b - a) for a, b in pairwise(edges)]
    most = max(counts) or 1
    return "".join(" " if not n else BLOCKS[min(int(len(BLOCKS) * n / most), len(BLOCKS) - 1)] for n in counts)


def cut(text: str, most: int) -> str:
    """Return *text* in at most so many terminal cells, control characters made visible."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    if cell_len(plain) <= most:
        return plain
    while cell_len(plain) > most - 1:
        plain = plain[:-1]
    return plain + "\N{HORIZONTAL ELLIPSIS}"


def _remarks(found: Exploration, screen: Screen) -> None:
    from secondline.reports.explore.sections.overview import remarked

    items = [*remarked(found)]
    for item in items[:REMARKS]:
        screen.out.print(f"  {escape(item.replace('`', ''))}", soft_wrap=False)
    if len(items) > REMARKS:
        screen.say(f"  [dim]and {len(items) - REMARKS} more on the page[/]")
