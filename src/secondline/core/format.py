"""Numbers as text: enough digits to be exact about a comparison, and none for show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

PERCENT = frozenset({"percent", "rate"})
WHOLE = frozenset({"count", "rows", "cases", "models", "risks"})
SMALLEST, BROAD = 0.0001, 0.01
TINY = 1e-7
MOST_DIGITS = 17  # what it takes to tell any two doubles apart


def number(value: float, unit: str = "") -> str:
    """Return *value* as a reader wants it: three decimals, or two significant digits where that is finer.

    ``count``, ``rows``, ``cases``, ``models`` and ``risks`` print whole (or as they are, when they are not),
    ``percent`` and ``rate`` as a percentage.

    Below a ten-millionth the power of ten is written out: zeros would hide that it is not nothing.

    >>> number(0.78215), number(0.00421), number(22134.0), number(0.2241, "rate"), number(9000.0, "rows")
    ('0.782', '0.0042', '22,134', '22.4 %', '9,000')
    >>> number(2.7e-12)
    '2.7e-12'
    """
    return _printed(value, unit, 0)


def bound(value: float, unit: str = "") -> str:
    """Return a limit with all the digits it was set with, so that a number beside it is never printed the same.

    >>> bound(0.65), bound(0.02, "rate"), bound(0.265625), bound(10.0)
    ('0.65', '2 %', '0.265625', '10')
    """
    return f"{100 * value:.12g} %" if unit in PERCENT else f"{value:.15g}"


def comparable(value: float, limit: float, unit: str = "") -> str:
    """Return *value* with enough digits to be seen on its own side of *limit*: never "0.10 exceeds 0.10".

    >>> comparable(0.10004, 0.1), comparable(0.1, 0.1), comparable(0.782, 0.7)
    ('0.10004', '0.100', '0.782')
    """
    for extra in range(MOST_DIGITS):
        text = _printed(value, unit, extra)
        seen = Decimal(text.replace(",", "").removesuffix(" %")) / (100 if unit in PERCENT else 1)
        if _side(seen, limit) == _side(Decimal(repr(value)), limit):
            return text
    return repr(value)


def interval(low: float, high: float, unit: str = "", edges: Sequence[float] = ()) -> str:
    """Return an interval in brackets, each end with the digits that show its side of the nearest of *edges*.

    In an interval wider than a hundredth an end within a ten-thousandth of zero is told as that: ``4.2e-27`` says no
    more, and looks as if it did.

    >>> interval(0.7711, 0.7934), interval(4.2e-27, 1.0), interval(0.0, 0.016), interval(0.5, 0.90049, "", (0.9,))
    ('[0.771, 0.793]', '[<0.0001, 1.000]', '[0, 0.016]', '[0.500, 0.9005]')
    """
    blunt = unit not in PERCENT and high - low > BROAD and all(abs(edge) >= SMALLEST for edge in edges)
    return f"[{', '.join(_end(end, unit, edges, blunt=blunt) for end in (low, high))}]"


def _end(value: float, unit: str, edges: Sequence[float], *, blunt: bool) -> str:
    if blunt and 0 < abs(value) < SMALLEST:
        return f"<{SMALLEST:.4f}" if value > 0 else f">-{SMALLEST:.4f}"
    return comparable(value, min(edges, key=lambda edge: abs(edge - value)), unit) if edges else number(value, unit)


def p_text(p: float) -> str:
    """Return a p-value with its sign of comparison: ``p = 0.031``, ``p < 0.0001``.

    >>> p_text(0.0312), p_text(0.00051), p_text(3e-9), p_text(0.99996)
    ('p = 0.031', 'p = 0.0005', 'p < 0.0001', 'p > 0.999')
    """
    if p < SMALLEST:
        return f"p < {SMALLEST:.4f}"
    if p > 0.9995:  # noqa: PLR2004 - rounds to one
        return "p > 0.999"
    return f"p = {p:.4f}" if p < 0.01 else f"p = {p:.3f}"  # noqa: PLR2004 - below a hundredth a reader wants one digit more


def _side(seen: Decimal, limit: float) -> int:
    edge = Decimal(repr(limit))
    return (seen > edge) - (seen < edge)


def _printed(value: float, unit: str, extra: int) -> str:
    if unit in PERCENT:
        return f"{_fixed(100 * value, 1 if abs(value) >= 0.01 else 2, extra)} %"  # noqa: PLR2004 - one per cent
    if unit in WHOLE and value == int(value):
        return f"{value:,.0f}"
    if 0 < abs(value) < TINY:
        return f"{value:.{1 + extra}e}"
    return _fixed(value, _decimals(abs(value)), extra)


def _decimals(size: float) -> int:
    """Return the decimals for a number of *size*: none from a thousand up, three below ten, more below a hundredth."""
    steps = ((1000, 0), (100, 1), (10, 2), (0.01, 3), (0.001, 4), (0.0001, 5))
    if size == 0:
        return 0
    return next((decimals for floor, decimals in steps if size >= floor), 6 if size >= 1e-5 else 8)  # noqa: PLR2004 - steps


def _fixed(value: float, decimals: int, extra: int) -> str:
    text = f"{value:,.{decimals + extra}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
