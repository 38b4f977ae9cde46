"""Remarks: what a careful reader would look at first. Observations with their numbers, never a judgement."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.core.explored import Column
from secondline.core.format import number, p_text

MOSTLY = 0.99
MUCH, SOME = 0.5, 0.05
OUTLYING = 0.01
KNOWS = 0.95
ALPHA = 0.01
FEW_LEVELS, MANY_LEVELS = 2, 50


def remarks(column: Column) -> tuple[str, ...]:
    """Return what stands out in one column."""
    return (*_values(column), *_absent(column), *_tails(column), *_against(column))


def _values(column: Column) -> Iterator[str]:
    if column.skipped:
        yield "skipped: " + column.skipped
        return
    if not column.known:
        yield "no row has a value"
    elif column.constant:
        yield "constant: all known values are the same"
    elif column.unique and column.kind in {"number", "text"} and "float" not in column.type:
        yield "every row has a value of its own: it may be a key"
    elif (top := _top(column)) is not None and top[1] >= MOSTLY:
        yield f"nearly constant: {_share(top[1])} of known values are {top[0]!r}"
    if column.reads_as:
        yield f"texts that all read as {column.reads_as}"
    if column.kind == "text" and not column.unique and column.distinct and column.distinct.value > MANY_LEVELS:
        about = "about " if column.distinct.error else ""
        yield f"{about}{column.distinct.value:,.0f} levels"


def _top(column: Column) -> tuple[str, float] | None:
    return (column.levels[0].name, column.levels[0].rows / column.known) if column.levels and column.known else None


def _absent(column: Column) -> Iterator[str]:
    share = column.missing / column.rows if column.rows else 0.0
    if share >= SOME and column.known:
        yield f"{_share(share)} missing"
    if column.nan:
        yield f"{column.nan:,} NaN ({_share(column.nan / column.rows)})"
    if column.infinite:
        yield f"{column.infinite:,} infinite"
    if column.blank:
        yield f"{column.blank:,} blank texts ({_share(column.blank / column.rows)})"


def _tails(column: Column) -> Iterator[str]:
    numbers = column.numbers
    if numbers is None or column.kind != "number" or column.constant or numbers.fences is None:
        return
    beyond = numbers.below + numbers.above
    if numbers.fences[0] < numbers.fences[1] and beyond >= OUTLYING * numbers.n:
        yield f"{beyond:,} values ({_share(beyond / numbers.n)}) beyond the far fences"


def _against(column: Column) -> Iterator[str]:
    signal = column.signal
    if signal and signal.auc is not None and signal.auc_low is not None and signal.auc_low >= KNOWS:
        yield f"knows the outcome almost alone (AUC {number(signal.auc)}): known before it, or because of it?"
    for shift in column.shifts:
        if shift.p_adjusted is not None and shift.psi is not None and shift.p_adjusted < ALPHA:
            yield (
                f"differs in {shift.population}: PSI {number(shift.psi)} (noise {number(shift.noise or 0)}), "
                + p_text(shift.p_adjusted)
            )
        elif shift.because and shift.psi is None and not shift.n:
            yield shift.because


def _share(share: float) -> str:
    return number(share, "rate")
