"""Timeliness: whether looks were made when the plan says, and alarms decided within their days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.monitor.telling import Told


def breach_to_action(alarms: Iterable[Mapping[str, Any]], today: str) -> Measured:
    """Share of red alarms that a person decided on by their day (``mon.breach_to_action``).

    An alarm whose day is not over and that is not decided does not count yet. ``detail`` has each alarm's days, and
    those that are late. A count of the alarms there were: it has no sampling error.
    """
    due = [a for a in alarms if a.get("level") in {"red", "stop"} and (a.get("decided") or str(a.get("due")) < today)]
    if not due:
        return Undefined(because="no red alarm was due for a decision", kind="not-applicable")
    late = [str(a["id"]) for a in due if str(a.get("decided") or today) > str(a.get("due"))]
    days = {str(a["id"]): _days(a, today) for a in due}
    return Estimate(
        value=1.0 - len(late) / len(due),
        n=len(due),
        method="a count of the alarms",
        detail={"late": late, "days": days},
    )


def _days(alarm: Mapping[str, Any], today: str) -> int:
    return (date.fromisoformat(str(alarm.get("decided") or today)) - date.fromisoformat(str(alarm["opened"]))).days


def cadence(lines: Sequence[Told], first: date, last: date) -> Measured:
    """Share of the windows of a period that were read, over all lines (``mon.cadence``).

    ``detail`` has those wanted and read of each line. Undefined for a plan without lines.
    """
    counts: dict[str, list[int]] = {}
    for told in lines:
        wanted = max(((last - first).days + 1 - told.line.metric.lag_days) // told.line.days, 0)
        counts[told.title] = [wanted, min(len(told.windows), wanted)]
    total = sum(wanted for wanted, _ in counts.values())
    if not total:
        return Undefined(because="no window of the period is over", kind="not-applicable")
    read = sum(done for _, done in counts.values())
    return Estimate(value=read / total, n=total, method="a count of the windows", detail={"lines": counts})
