"""Dates: counting months and days from a day, as calendars of reviews do."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

MONTHS = 12


def months_after(day: date, months: int) -> date:
    """Return the same day *months* later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_after(day: date, days: int) -> date:
    """Return the day *days* later."""
    return day + timedelta(days=days)
