"""Ageing: how old open findings are, by severity, and which are late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from secondline.core.limit import SEVERITIES, Severity
from secondline.govern.records.finding import is_open, is_overdue

EDGES = (30, 90, 180, 365)
"""Days since issue at which one bucket ends and the next begins."""


@dataclass(frozen=True, slots=True)
class Line:
    """The open findings of one severity: how many by age, how many late, extended, not issued yet."""

    severity: Severity
    ages: tuple[int, ...]
    overdue: int
    oldest: int
    extended: int
    drafts: int

    @property
    def total(self) -> int:
        """How many are open, drafts not counted."""
        return sum(self.ages)


def buckets() -> tuple[str, ...]:
    """Return the heads of the columns of age, in days."""
    starts = (0, *(edge + 1 for edge in EDGES))
    return (*(f"{a}-{b}" for a, b in zip(starts, EDGES, strict=False)), f"over {EDGES[-1]}")


def ageing(findings: Iterable[Mapping[str, Any]], today: str) -> tuple[Line, ...]:
    """Return the table of ages on a day, one line for each severity, worst first."""
    found = [f for f in findings if is_open(f, today)]
    return tuple(_line(severity, [f for f in found if f.get("severity") == severity], today) for severity in SEVERITIES)


def _line(severity: Severity, found: list[Mapping[str, Any]], today: str) -> Line:
    issued = [f for f in found if f.get("issued")]
    days = [age(f, today) for f in issued]
    places = [sum(day > edge for edge in EDGES) for day in days]
    return Line(
        severity=severity,
        ages=tuple(places.count(i) for i in range(len(EDGES) + 1)),
        overdue=sum(is_overdue(f, today) for f in issued),
        oldest=max(days, default=0),
        extended=sum(bool(f.get("extensions")) for f in issued),
        drafts=len(found) - len(issued),
    )


def age(finding: Mapping[str, Any], today: str) -> int:
    """Return the days since a finding was issued."""
    return (date.fromisoformat(today) - date.fromisoformat(str(finding["issued"]))).days
