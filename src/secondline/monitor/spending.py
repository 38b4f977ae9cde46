"""Spending: the false-alarm budget of a plan in a year: granted, dealt to its lines, spent by their runs, and left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from secondline.core.estimate import Estimate
from secondline.govern.records.filing import BUDGETED
from secondline.monitor.lines import Line, last_day
from secondline.monitor.looking import Look
from secondline.monitor.readings import Reading


@dataclass(frozen=True, slots=True)
class Budget:
    """Chances of a false alarm in a year; ``one`` is whether the plan grants one budget for all its lines."""

    year: str
    granted: float
    spent: float
    one: bool

    @property
    def left(self) -> float:
        """What the plan may still spend on runs begun and windows read in the year."""
        return max(self.granted - self.spent, 0.0)


def granted(line: Line) -> float:
    """Return a line's part of the budget; 0 for a procedure that spends none."""
    return line.metric.budget if line.metric.test in BUDGETED else 0.0


def spent(line: Line, look: Look, readings: Iterable[Reading], year: str) -> float:
    """Return what a line has spent of its part in a year.

    A process spends when it is begun, since it may be looked at for ever after: after k runs, begun anew after each
    alarm that was closed, ``k / (k + 1)`` of the part is spent. A line that judges windows by themselves spends by
    window.
    """
    if line.metric.test == "window":
        windows = {r.window for r in readings if line.mine(r) and isinstance(r.measured, Estimate)}
        mine = sum(str(last_day(w).year) == year for w in windows)
        return granted(line) * min(mine / line.looks, 1.0)
    runs = int(look.held.get("runs", {}).get(year, 0))
    return granted(line) * runs / (runs + 1)


def budget_of(
    plan: Mapping[str, Any] | None, looks: Iterable[Look], readings: Iterable[Reading], year: str
) -> Budget:  # fmt: skip
    """Return where the false-alarm budget of a plan stands in a year."""
    found, held = list(looks), list(readings)
    stated = (plan or {}).get("budget")
    whole = float(stated) if stated is not None else sum(granted(one.line) for one in found)
    return Budget(year, whole, sum(spent(one.line, one, held, year) for one in found), stated is not None)
