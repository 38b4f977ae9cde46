"""Words: numbers, dates and shares as the page puts them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from secondline.core.explored import Amount, Bar, Column
from secondline.core.format import number
from secondline.reports.blocks import Cell

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400.0
KINDS = {"number": "number", "text": "text", "boolean": "true or false", "time": "time", "other": "not looked at"}
ROLES = {"label": "label", "time": "time axis", "by": "segment"}
WHOLE = 1e15


def value(column: Column, x: float | None) -> str:
    """Return a value of a column: a date of a time, a number without needless digits otherwise."""
    if x is None:
        return "none"
    return instant(x, whole_days=column.type.startswith("date")) if column.kind == "time" else plain(x)


def plain(x: float) -> str:
    """Return a number: whole ones whole, others to four significant digits."""
    if not math.isfinite(x):
        return "infinite"
    size = abs(x)
    if x == int(x) and size < WHOLE:
        return f"{x:,.0f}"
    if size >= 1e7 or size < 1e-4:  # noqa: PLR2004 - longer than a cell
        return f"{x:.3g}"
    return f"{x:,.1f}" if size >= 1000 else f"{x:.4g}"  # noqa: PLR2004 - thousands


def instant(seconds: float, *, whole_days: bool = False) -> str:
    """Return seconds since 1970 as a date, with the minute where it is not midnight."""
    try:
        at = EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return f"{seconds:.3g} s"
    return f"{at:%Y-%m-%d}" if whole_days or seconds % DAY == 0 else f"{at:%Y-%m-%d %H:%M}"


def share(x: float) -> str:
    """Return a share: nothing at all is ``0``, and no small share is printed as none."""
    if x == 0:
        return "0"
    return number(x, "rate") if x >= 0.0001 else "< 0.01 %"  # noqa: PLR2004 - the last printed digit


def share_cell(x: float) -> Cell:
    """Return a share as a cell, muted when it is none."""
    return Cell(share(x), tone="muted" if x == 0 else "")


def amount(count: Amount | None) -> str:
    """Return a count; an estimated one with the half-width of its 95 % interval."""
    if count is None:
        return ""
    if not count.error:
        return f"{count.value:,.0f}"
    reach = number(1.96 * count.error / count.value, "rate")
    return f"\N{ALMOST EQUAL TO} {rounded(count.value)} \N{PLUS-MINUS SIGN} {reach}"


def rounded(x: float) -> str:
    """Return a large estimate in three digits: ``9.98 million``."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if x >= size:
            return f"{x / size:.3g}{word}"
    return f"{x:,.0f}"


def bounds(bar: Bar, column: Column) -> str:
    """Return the range of a bar in words."""
    if bar.low is None:
        return f"below {value(column, bar.high)}"
    if bar.high is None:
        return f"{value(column, bar.low)} and above"
    if "int" in column.type and bar.high - bar.low == 1:
        return value(column, bar.low)
    return f"{value(column, bar.low)} to below {value(column, bar.high)}"


def small(x: float) -> str:
    """Return an index that may be next to nothing: below the fifth decimal it is said so."""
    return "< 0.00001" if 0 < x < 1e-5 else number(x)  # noqa: PLR2004 - the last printed digit


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """Return an interval in brackets, empty where there is none."""
    return "" if low is None or high is None else f"[{number(low, unit)}, {number(high, unit)}]"


def listed(names: list[str], most: int = 6) -> str:
    """Return names as code in a list, the rest counted."""
    shown = ", ".join(quoted(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def quoted(name: str) -> str:
    """Return a name as code; a backtick inside would end it, so such a name stands in quotes."""
    return f"`{name}`" if "`" not in name else repr(name)
