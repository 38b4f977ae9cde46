"""Overview: the population in one strip, what to look at first, and every column on one line."""

from __future__ import annotations

from secondline.core.explored import Column, Exploration
from secondline.core.format import number
from secondline.reports.blocks import Bullets, Cell, KeyFacts, Paragraph, Span
from secondline.reports.explore import words
from secondline.reports.explore.parts import Chapter, Mark, Marked, Share, Spark

MOST_REMARKS, CLOSE = 24, 6
STRONG = 0.95
LONG = 28
TAILS = "beyond the far fences"
RARE, RARE_SHOWN = 0.005, 5


def facts(found: Exploration) -> KeyFacts:
    """Return the population as a whole."""
    first = found.first
    skipped = sum(1 for c in found.columns if c.skipped)
    cells = sum(c.rows for c in found.columns)
    absent = sum(c.missing + c.nan for c in found.columns) / cells if cells else 0.0
    items: list[tuple[str, tuple[Span, ...]]] = [
        ("Rows", (f"{first.rows:,}",)),
        ("Columns", (f"{first.columns:,}" + (f" ({skipped} not looked at)" if skipped else ""),)),
        ("Cells without a value", (words.share(absent),)),
        ("Rows that repeat an earlier row", (_duplicates(found),)),
    ]
    if first.rate is not None:
        rate = f"{number(first.rate, 'rate')} {words.interval(first.low, first.high, 'rate')}"
        items.append((f"Event rate ({first.events:,} of {first.labelled:,})", (rate,)))
    if found.periods:
        items.append(("Time", (f"{found.periods[0].name} to {_last(found)}",)))
    return KeyFacts(tuple(items))


def _last(found: Exploration) -> str:
    named = [period.name for period in found.periods if period.name != "(missing)"]
    return named[-1] if named else "none"


def _duplicates(found: Exploration) -> str:
    count = found.first.duplicates
    if count is None:
        return "not counted"
    return words.amount(count) + (f" ({words.share(count.value / found.first.rows)})" if count.value else "")


def section(found: Exploration) -> Chapter:
    """Return the overview."""
    parts = (_roles(found), *_first(found), table(found))
    return Chapter("overview", "Overview", parts)


def _roles(found: Exploration) -> Paragraph:
    named = [
        f"{words.ROLES[role]} {words.quoted(column)}"
        + (" (guessed from name and values)" if role in found.guessed else "")
        for role, column in found.roles.items()
    ]
    said = (
        "Roles: " + ", ".join(named) + ". "
        if named
        else "No column has a role: name one with `--label`, `--time` or `--by`. "
    )
    event = f"The event is the value `{found.event}`. " if found.event != "1" and "label" in found.roles else ""
    exact = "Counts, means and ranges are over all rows"
    sample = found.first.sample
    rest = (
        "; so are quantiles and associations."
        if found.first.rank_error == 0
        else f"; quantiles and associations come from a sample of {sample:,} rows chosen by their content."
    )
    return Paragraph((said + event + exact + rest,))


def remarked(found: Exploration) -> list[str]:
    """Return what stands out, most telling first; long tails, which are common, on one line."""
    alone = [c for c in sorted(found.columns, key=_weight) if any(TAILS not in remark for remark in c.remarks)]
    items = [f"{words.quoted(c.name)}: {'; '.join(c.remarks)}" for c in alone]
    tailed = [c.name for c in found.columns if c.remarks and c not in alone]
    if tailed:
        items.append(f"Long tails, 1 % of values or more beyond the far fences: {words.listed(tailed, 12)}")
    close = [p for p in found.pairs if p.kind == "rank" and abs(p.value) >= STRONG]
    items += [f"{words.quoted(p.a)} and {words.quoted(p.b)} rank alike: rho {number(p.value)}" for p in close[:CLOSE]]
    return items + list(found.notes)


def _first(found: Exploration) -> tuple[Paragraph | Bullets, ...]:
    items = remarked(found)
    if not items:
        return (Paragraph(("Nothing stands out by the plain rules used here.",)),)
    more = len(items) - MOST_REMARKS
    left = (Paragraph((f"And {more} more, in the sections of the columns.",), "note"),) if more > 0 else ()
    lead = Paragraph(("Worth a look first, as observations and not as findings:",))
    return (lead, Bullets(tuple((item,) for item in items[:MOST_REMARKS])), *left)


def _weight(column: Column) -> tuple[int, float]:
    """The order of remarks: knowing the outcome, then nothing to know, then missing values, then the rest."""
    text = " ".join(column.remarks)
    rank = next((i for i, word in enumerate(("knows", "no row", "differs", "constant", "missing")) if word in text), 9)
    return rank, -column.absent


def table(found: Exploration) -> Marked:
    """Return every column on one line, in the order of the data."""
    label = any(c.signal for c in found.columns)
    head = (
        "Column",
        "Kind",
        "No value",
        "Distinct",
        "Distribution",
        "Middle",
        "From",
        "To",
        *(["IV"] if label else []),
    )
    rows = tuple(_row(i, c, label=label) for i, c in enumerate(found.columns))
    note = "Middle is the median of a number or a time and the most frequent level of a category with its share."
    if label:
        note += (
            " IV is the information value less what pure noise would give; noise is what Holm's p of 0.05 or more says."
        )
    return Marked("columns", "Every column", head, "llrrlrrr" + "r" * label, rows, note, look="overview")


def _row(i: int, column: Column, *, label: bool) -> tuple[Cell | Mark, ...]:
    role = f" ({words.ROLES[column.role]})" if column.role else ""
    middle, low, high = _middle(column)
    cells: tuple[Cell | Mark, ...] = (
        Cell(column.name, f"c-{i}"), Cell(words.KINDS[column.kind] + role), words.share_cell(column.absent),
        Cell(words.amount(column.distinct)), spark(column), Cell(middle), Cell(low), Cell(high),
    )  # fmt: skip
    return (*cells, _worth(column)) if label else cells


def spark(column: Column) -> Mark | Cell:
    """Return the distribution of a column as a small drawing."""
    if column.bars:
        counts = tuple(bar.rows for bar in column.bars)
        says = f"{len(counts)} bars, tallest {words.bounds(max(column.bars, key=lambda b: b.rows), column)}"
        return Spark(counts, says, column.bars[0].low is None, column.bars[-1].high is None)
    if column.levels:
        levels = tuple(level.rows for level in column.levels[:12])
        return Spark(levels, f"{len(column.levels)} levels, most frequent {column.levels[0].name}")
    return Cell("")


def _middle(column: Column) -> tuple[str, str, str]:
    if column.numbers is not None:
        numbers = column.numbers
        return tuple(words.value(column, x) for x in (numbers.at(0.5), numbers.low, numbers.high))  # type: ignore[return-value]  # three of them
    if column.levels and column.known:
        top = column.levels[0]
        name = top.name if len(top.name) <= LONG else top.name[: LONG - 1] + "\N{HORIZONTAL ELLIPSIS}"
        return f"{name}, {words.share(top.rows / column.known)}", "", ""
    return "", "", ""


def _worth(column: Column) -> Cell:
    signal = column.signal
    if signal is None or signal.corrected is None or signal.p_adjusted is None:
        return Cell("")
    if signal.p_adjusted >= 0.05:  # noqa: PLR2004 - said in the note
        return Cell("noise", tone="muted")
    return Cell(number(max(signal.corrected, 0.0)))


def levels(column: Column) -> Marked:
    """Return the most frequent levels of a category."""
    top = column.levels[0].rows / column.rows if column.levels else 1.0
    # Where none is frequent, as in a column of names, a long list says nothing.
    shown = column.levels if top >= RARE else column.levels[:RARE_SHOWN]
    others = column.others + sum(level.rows for level in column.levels[len(shown) :])
    rows: list[tuple[Cell | Mark, ...]] = [
        (Cell(x.name if x.name.strip() else repr(x.name)), Cell(f"{x.rows:,}"), Cell(words.share(x.rows / column.rows)),
         Share(x.rows / column.rows, top)) for x in shown
    ]  # fmt: skip
    odd = [("(all other levels)", others), ("(missing)", column.missing)]
    rows += [
        (Cell(name, tone="muted"), Cell(f"{n:,}"), Cell(words.share(n / column.rows)), Share(n / column.rows, top))
        for name, n in odd
        if n
    ]
    return Marked(
        f"levels-{column.name}",
        "Most frequent levels",
        ("Level", "Rows", "Share", ""),
        "lrrl",
        tuple(rows),
        look="narrow",
    )
