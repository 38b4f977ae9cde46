"""Periods: the quarter, month, half or year that a monitoring report is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from secondline.core.dates import months_after
from secondline.core.errors import SpecError

FORMS = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|H([12])|(\d{2})))?$")


@dataclass(frozen=True, slots=True)
class Period:
    """A period, both days included."""

    name: str
    first: date
    last: date


def period(text: str) -> Period:
    """Return a period written as 2026-Q3, 2026-07, 2026-H1, 2026 or 2026-07-01..2026-07-31.

    Raises:
        SpecError: it is none.
    """
    try:
        if ".." in text:
            first, last = (date.fromisoformat(part) for part in text.split("..", 1))
            return _ordered(text, first, last)
        if found := FORMS.match(text):
            return _of(text, found)
    except ValueError:
        pass
    raise SpecError(f"{text!r} is no period. Write 2026-Q3, 2026-07, 2026-H1, 2026 or 2026-07-01..2026-07-31.")


def _of(text: str, found: re.Match[str]) -> Period:
    year, quarter, half, month = int(found[1]), found[2], found[3], found[4]
    start = 3 * int(quarter) - 2 if quarter else 6 * int(half) - 5 if half else int(month) if month else 1
    months = 3 if quarter else 6 if half else 1 if month else 12
    first = date(year, start, 1)
    return Period(text, first, months_after(first, months) - timedelta(days=1))


def _ordered(text: str, first: date, last: date) -> Period:
    if last < first:
        raise SpecError(f"The period {text!r} ends before it begins.")
    return Period(text, first, last)
